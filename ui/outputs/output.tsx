import type { JSX } from "preact";
import type { OutputDetail } from "../../src/api/schemas/output.ts";
import type { OutputStatus } from "../../src/api/schemas/status.ts";
import { isGoodOutput } from "../../src/output/state.ts";
import { api } from "../../ui-shared/api/client.ts";
import { status } from "../../ui-shared/api/live.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import { ago, durationText } from "../../ui-shared/text/clock.ts";
import { integer } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Panel } from "../alert/panel.tsx";
import { DeadLetters } from "./dead-letters.tsx";
import { DeliveryHistory } from "./history.tsx";
import { OutputStateText, outputStateHelp } from "./state-text.tsx";
import { TestOutput } from "./test-output.tsx";

/** One output: state and reason, history and dead letters; for admins, also the test. */
export function OutputPanels({ name }: { readonly name: string }): JSX.Element {
  const current = status.value?.outputs.find((output) => output.name === name);
  // The history is fetched again when a counter changes, and every minute.
  const counters = [current?.delivered, current?.retried, current?.refused, current?.lost, current?.waiting].join(" ");
  const minute = Math.floor(Date.now() / 60_000);
  const { value, failure } = useResource(name, (signal) => api.output(name, signal), `${counters} ${minute}`).value;
  const output = current ?? value?.output;
  return (
    <>
      <header class="output-head">
        <p>
          <a href="/outputs">All outputs</a>
        </p>
        <h1>
          <Untrusted text={name} />
        </h1>
        {output === undefined ? (
          <p class={failure === undefined ? "waiting" : "failure"} role={failure === undefined ? "status" : "alert"}>
            <Untrusted text={failure ?? "Loading…"} />
          </p>
        ) : (
          <State output={output} />
        )}
      </header>
      {output !== undefined && hasRole("admin") && <TestOutput name={name} />}
      {output !== undefined && (
        <div class="output-panels">
          <Counters output={output} />
          <History detail={value} />
        </div>
      )}
      <DeadLetters name={name} total={output?.dead} canResend={output !== undefined && hasRole("admin")} />
    </>
  );
}

/** The state, its meaning, and the last error. */
function State({ output }: { readonly output: OutputStatus }): JSX.Element {
  const { state, since, lastError, lastErrorTime } = output;
  const isCause = !isGoodOutput(state);
  return (
    <>
      <p class="output-state">
        <strong>
          <OutputStateText state={state} />
        </strong>{" "}
        <span class="muted">
          since <Time iso={since} milliseconds={false} /> ({ago(since)})
        </span>
      </p>
      <p>{outputStateHelp(state)}</p>
      {lastError !== null && (
        <p class={isCause ? "output-reason bad" : "output-reason"}>
          <span class="muted">
            {isCause ? "Reason" : "Last error"}
            {lastErrorTime !== null && (
              <>
                , <Time iso={lastErrorTime} milliseconds={false} />
              </>
            )}
            :
          </span>{" "}
          <Untrusted text={lastError} />
        </p>
      )}
    </>
  );
}

function Counters({ output }: { readonly output: OutputStatus }): JSX.Element {
  const { waiting, lag, rate, delivered, retried, refused, lost, dead } = output;
  const rows: readonly (readonly [label: string, value: string, isBad?: boolean])[] = [
    ["Backlog", integer(waiting)],
    ["Lag", lag === null || waiting === 0 ? "–" : durationText(lag)],
    ["Delivered per second, in the last minute", String(rate)],
    ["Delivered", integer(delivered)],
    ["Retried", integer(retried)],
    ["Rejected", integer(refused), refused > 0],
    ["Lost for another reason", integer(Math.max(0, lost - refused)), lost > refused],
    ["Dead letters in the journal", integer(dead), dead > 0],
  ];
  return (
    <Panel title="Counters" aside={<span class="muted">since the agent started</span>}>
      <table>
        <tbody>
          {rows.map(([label, value, isBad = false]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td class={isBad ? "number bad" : "number"}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function History({ detail }: { readonly detail: OutputDetail | undefined }): JSX.Element {
  return (
    <Panel title="History" aside={<span class="muted">up to 6 hours, recorded only while the web UI is enabled</span>}>
      {detail === undefined ? <p class="waiting">Loading…</p> : <DeliveryHistory {...detail} />}
    </Panel>
  );
}
