import type { JSX } from "preact";
import type { OutputStatus } from "../../src/api/schemas/status.ts";
import { status } from "../../ui-shared/api/live.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { ago, durationText } from "../../ui-shared/text/clock.ts";
import { compact } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { outputAddress } from "./address.ts";
import { OutputStateText } from "./state-text.tsx";

/** All outputs with state, backlog, rate and last error. */
export function OutputList(): JSX.Element {
  const current = status.value;
  return (
    <>
      <div class="heading">
        <h1>Outputs</h1>
        <p class="muted">Destinations of alerts.</p>
      </div>
      <div class="panel">
        {current === undefined ? (
          <p class="waiting">Loading…</p>
        ) : current.outputs.length === 0 ? (
          <p class="muted empty">
            {current.watching
              ? "No outputs are enabled. Alerts are stored in the journal."
              : "No outputs: the web UI runs without the agent."}
          </p>
        ) : (
          <Cards>
            <OutputTable outputs={current.outputs} />
          </Cards>
        )}
      </div>
    </>
  );
}

function OutputTable({ outputs }: { readonly outputs: readonly OutputStatus[] }): JSX.Element {
  return (
    <table class="lined outputs">
      <thead>
        <tr>
          <th scope="col">Output</th>
          <th scope="col">State</th>
          <th scope="col">Since</th>
          <th scope="col" class="number">
            Backlog
          </th>
          <th scope="col" class="number">
            Lag
          </th>
          <th scope="col" class="number">
            Alerts/s
          </th>
          <th scope="col" class="number">
            Dead letters
          </th>
          <th scope="col">Last error</th>
        </tr>
      </thead>
      <tbody>
        {outputs.map((output) => (
          <Row key={output.name} {...output} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ name, state, since, waiting, lag, rate, dead, lastError, lastErrorTime }: OutputStatus): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <a href={outputAddress(name)}>
          <Untrusted text={name} />
        </a>
      </th>
      <td class="nowrap">
        <OutputStateText state={state} />
      </td>
      <td class="nowrap" title={since}>
        {ago(since)}
      </td>
      <td class="number">{compact(waiting)}</td>
      <td class="number">{lag === null || waiting === 0 ? "–" : durationText(lag)}</td>
      <td class="number">{compact(rate)}</td>
      <td class={dead > 0 ? "number bad" : "number"}>{compact(dead)}</td>
      <td class="last-error-of-output">
        {lastError !== null && (
          <>
            <Untrusted text={lastError} />
            {lastErrorTime !== null && (
              <span class="muted" title={lastErrorTime}>
                {" "}
                {ago(lastErrorTime)}
              </span>
            )}
          </>
        )}
      </td>
    </tr>
  );
}
