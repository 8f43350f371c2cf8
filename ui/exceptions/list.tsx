import type { JSX } from "preact";
import type { ManagedException } from "../../src/api/schemas/exception.ts";
import { filtered, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { integer } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Actions } from "./actions.tsx";
import { Comparisons } from "./comparisons.tsx";
import { LOOK_BACK, type SuppressedAlerts, useSuppressedAlerts } from "./suppressed-alerts.ts";

interface ExceptionTableProps {
  readonly exceptions: readonly ManagedException[];
  readonly canChange: boolean;
  /** Called after a change, with its result. */
  readonly changed: (text: string) => void;
}

/** The exceptions in the order of the file. */
export function ExceptionTable({ exceptions, canChange, changed }: ExceptionTableProps): JSX.Element {
  const counts = useSuppressedAlerts(exceptions);
  return (
    <div class="panel">
      <Cards>
        {exceptions.length === 0 ? (
          <p class="muted empty">No exceptions. To add one, use “Create exception” on the page of an alert.</p>
        ) : (
          <table class="lined exceptions">
            <caption class="visually-hidden">Exceptions in the file</caption>
            <thead>
              <tr>
                <th scope="col">Rule</th>
                <th scope="col">Excludes</th>
                <th
                  scope="col"
                  class="number"
                  data-name="Alerts"
                  title="Alerts in the journal that the exception would have excluded"
                >
                  Alerts (30 d)
                </th>
                <th scope="col">Added</th>
                <th scope="col">Expires</th>
                <th scope="col">Status</th>
                {canChange && <th scope="col">Actions</th>}
              </tr>
            </thead>
            <tbody>
              {exceptions.map((exception) => (
                <tr key={exception.id}>
                  <RuleCell exception={exception} />
                  <td>
                    <Comparisons compares={exception.compares} />
                  </td>
                  <td class="number">
                    <Alerts exception={exception} counted={counts.get(exception.id)} />
                  </td>
                  <td>
                    <Added exception={exception} />
                  </td>
                  <td class="nowrap">
                    {exception.expires === undefined ? (
                      <span class="muted">never</span>
                    ) : (
                      <Time iso={exception.expires} milliseconds={false} />
                    )}
                  </td>
                  <td>
                    <State exception={exception} />
                  </td>
                  {canChange && (
                    <td>
                      <Actions exception={exception} changed={changed} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Cards>
    </div>
  );
}

function RuleCell({
  exception: { rule, ruleExists, reason, line },
}: {
  readonly exception: ManagedException;
}): JSX.Element {
  return (
    <th scope="row">
      {ruleExists ? (
        <a href={`/rules/${encodeURIComponent(rule)}`}>
          <Untrusted text={rule} />
        </a>
      ) : (
        <Untrusted text={rule} />
      )}
      <p class="muted">{reason === undefined ? `line ${line}` : <Untrusted text={reason} />}</p>
    </th>
  );
}

function Alerts({
  exception: { query },
  counted,
}: {
  readonly exception: ManagedException;
  readonly counted: SuppressedAlerts | undefined;
}): JSX.Element {
  if (query === undefined)
    return (
      <span class="muted" title="The exception cannot be expressed as an alert query">
        –
      </span>
    );
  if (counted === undefined) return <span class="muted">…</span>;
  if ("failure" in counted) return <Untrusted text={counted.failure} />;
  return (
    <a href={filtered("/alerts", { ...NO_FILTER, query, since: LOOK_BACK })}>
      {counted.complete ? "" : "at least "}
      {integer(counted.total)}
    </a>
  );
}

function Added({ exception: { user, time, changed } }: { readonly exception: ManagedException }): JSX.Element {
  return (
    <>
      {time === undefined ? (
        <span class="muted">manually</span>
      ) : (
        <>
          <Time iso={time} milliseconds={false} /> by <Untrusted text={user ?? ""} empty="unknown" />
        </>
      )}
      {changed !== undefined && (
        <p class="muted">
          changed <Time iso={changed.time} milliseconds={false} /> by <Untrusted text={changed.user} />
        </p>
      )}
    </>
  );
}

function State({
  exception: { ruleExists, loaded, fixed, problem, expires },
}: {
  readonly exception: ManagedException;
}): JSX.Element {
  const isExpired = expires !== undefined && Date.parse(expires) <= Date.now();
  return (
    <>
      {isExpired && fixed !== undefined ? (
        <span class="warning">expired; remove it from the file</span>
      ) : !ruleExists ? (
        <span class="warning">rule not loaded</span>
      ) : !loaded ? (
        <span class="warning">not loaded</span>
      ) : isExpired ? (
        <span class="warning">expired, will be removed</span>
      ) : (
        <span class="good">active</span>
      )}
      {problem !== undefined && (
        <p class="warning">
          <Untrusted text={problem} />
        </p>
      )}
      {fixed !== undefined && (
        <p class="muted">
          <Untrusted text={fixed} />
        </p>
      )}
    </>
  );
}
