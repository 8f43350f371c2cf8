import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { useId } from "preact/hooks";
import { api } from "../../ui-shared/api/client.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { LoadMore } from "../../ui-shared/page/load-more.tsx";
import { usePaged } from "../../ui-shared/page/paged.ts";
import { messageOf } from "../../ui-shared/page/resource.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { integer } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

const PAGE = 100;
/** States of the listed cases, with their labels. */
const STATES = [
  ["open", "Open"],
  ["closed", "Closed"],
] as const;

/** All cases in a state, the latest change first. */
export function CaseList(): JSX.Element {
  const adding = useSignal(false);
  const state = parameters.value.get("state") === "closed" ? "closed" : "open";
  const { rows, more, failure } = usePaged(state, async (cursor, signal) => {
    const { cases, next } = await api.cases({ state, limit: PAGE, ...(cursor !== undefined && { cursor }) }, signal);
    return { rows: cases, next };
  });
  return (
    <section class="view cases">
      <div class="heading">
        <h1>Cases</h1>
        <p class="muted">Alerts and groups that belong to one incident, with comments and an owner.</p>
      </div>
      <div class="case-tools">
        <select
          aria-label="State"
          value={state}
          onChange={(event) => navigate(event.currentTarget.value === "closed" ? "/cases?state=closed" : "/cases")}
        >
          {STATES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        {hasRole("responder") && (
          <button
            type="button"
            onClick={() => {
              adding.value = true;
            }}
          >
            Open case…
          </button>
        )}
      </div>
      <div class="panel">
        <Cards>
          {rows === undefined ? (
            <p class="waiting">{failure ?? "Loading…"}</p>
          ) : rows.length === 0 ? (
            <p class="muted empty">
              No {state} cases.
              {state === "open" && (
                <>
                  {" "}
                  To open a case, use <i>Open case…</i>, or <i>Add to case…</i> on the page of an alert or a group.
                </>
              )}
            </p>
          ) : (
            <table class="lined">
              <thead>
                <tr>
                  <th scope="col">Case</th>
                  <th scope="col">Title</th>
                  <th scope="col">Owner</th>
                  <th scope="col" class="number">
                    Alerts
                  </th>
                  <th scope="col" class="number">
                    Groups
                  </th>
                  <th scope="col">Opened</th>
                  <th scope="col">Last change</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ id, title, owner = "", alerts, groups, opened, updated }) => (
                  <tr key={id}>
                    <td>
                      <Untrusted text={id.slice(0, 8)} />
                    </td>
                    <th scope="row">
                      <a href={`/cases/${encodeURIComponent(id)}`}>
                        <Untrusted text={title} />
                      </a>
                    </th>
                    <td>
                      <Untrusted text={owner} empty="–" />
                    </td>
                    <td class="number">{integer(alerts)}</td>
                    <td class="number">{integer(groups)}</td>
                    <td class="nowrap">
                      <Time iso={opened} milliseconds={false} />
                    </td>
                    <td class="nowrap">
                      <Time iso={updated} milliseconds={false} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Cards>
      </div>
      <LoadMore more={more} />
      {adding.value && (
        <TitleDialog
          onClosed={() => {
            adding.value = false;
          }}
        />
      )}
    </section>
  );
}

/** Opens a case. */
function TitleDialog({ onClosed }: { readonly onClosed: () => void }): JSX.Element {
  const id = useId();
  const failure = useSignal("");
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget).get("title")).trim();
    try {
      const opened = await api.openCase(title);
      onClosed();
      navigate(`/cases/${encodeURIComponent(opened.id)}`);
    } catch (error) {
      failure.value = messageOf(error);
    }
  };
  return (
    <Dialog title="Open a case" close={onClosed}>
      <form class="stacked" onSubmit={(event) => void submit(event)}>
        <label for={id}>Title</label>
        <input id={id} name="title" maxLength={200} required autocomplete="off" />
        <p class="failure" role="alert">
          {failure.value}
        </p>
        <button type="submit" class="primary">
          Open case
        </button>
      </form>
    </Dialog>
  );
}
