import { Fragment, type JSX } from "preact";
import { api } from "../../ui-shared/api/client.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { LoadMore } from "../../ui-shared/page/load-more.tsx";
import { usePaged } from "../../ui-shared/page/paged.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

const PAGE = 200;

/** Audit log of the web UI and the API, for admins. */
export function AuditLogPage(): JSX.Element {
  const { rows, more, failure } = usePaged("audit", async (cursor, signal) => {
    const { entries, next } = await api.audit({ limit: PAGE, ...(cursor !== undefined && { cursor }) }, signal);
    return { rows: entries, next };
  });
  return (
    <section class="view">
      <div class="heading">
        <h1>Audit log</h1>
        <p class="muted">Actions in the web UI and through the API, including sign-ins and downloads, newest first.</p>
      </div>
      <div class="panel">
        <Cards>
          {!hasRole("admin") ? (
            <p class="muted empty">Only admins can read the audit log.</p>
          ) : rows === undefined ? (
            <p class="waiting">{failure ?? "Loading…"}</p>
          ) : rows.length === 0 ? (
            <p class="muted empty">No audit entries.</p>
          ) : (
            <table class="lined">
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Actor</th>
                  <th scope="col">Address</th>
                  <th scope="col">Action</th>
                  <th scope="col">Target</th>
                  <th scope="col">Details</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ time, user, address = "", action, target = "", detail = "" }) => (
                  <tr key={`${time}${user}${action}${target}`}>
                    <td class="nowrap">
                      <Time iso={time} />
                    </td>
                    <td>
                      <Untrusted text={user} />
                    </td>
                    <td>
                      <Untrusted text={address} />
                    </td>
                    {/* The title of the card on a narrow screen: unlike the actor, it tells the entries apart. */}
                    <th scope="row">
                      <Untrusted text={action} />
                    </th>
                    <td>
                      <Untrusted text={target} />
                    </td>
                    <td>
                      <Details text={detail} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Cards>
      </div>
      <LoadMore more={more} />
    </section>
  );
}

/** Details of an action. Text of several lines, such as the YAML of an exception, keeps its lines. */
function Details({ text }: { readonly text: string }): JSX.Element {
  const lines = text.trimEnd().split("\n");
  if (lines.length === 1) return <Untrusted text={text} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the element scrolls
    <pre class="details" tabIndex={0}>
      {lines.map((line, index) => (
        <Fragment key={index}>
          <Untrusted text={line} />
          {"\n"}
        </Fragment>
      ))}
    </pre>
  );
}
