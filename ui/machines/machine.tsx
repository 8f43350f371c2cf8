import type { ComponentChildren, JSX } from "preact";
import type { Machine, MachineDetail } from "../../src/api/schemas/machine.ts";
import { api } from "../../ui-shared/api/client.ts";
import { comparison } from "../../ui-shared/filter/compose.ts";
import { ALL_TIME, filtered, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { useResource } from "../../ui-shared/page/resource.ts";
import { Ago } from "../../ui-shared/text/ago.tsx";
import { durationText } from "../../ui-shared/text/clock.ts";
import { compact, integer, size } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { Panel } from "../alert/panel.tsx";
import { OutputStateText } from "../outputs/state-text.tsx";
import { MachineHistory } from "./history.tsx";
import { useRefresh } from "./refresh.ts";
import { MachineStateText } from "./state-text.tsx";

/** One machine: its state, all facts, its history, and a link to its alerts. */
export function MachinePanels({ id }: { readonly id: string }): JSX.Element {
  const { value, failure } = useResource(id, (signal) => api.machine(id, signal), useRefresh()).value;
  return (
    <>
      <header class="machine-head">
        <p>
          <a href="/machines">All machines</a>
        </p>
        <h1>
          <Untrusted text={value?.machine.hostname || id} />
        </h1>
        {failure !== undefined && (
          <p class="failure" role="alert">
            <Untrusted text={failure} />
          </p>
        )}
        {value === undefined ? (
          failure === undefined && <p class="waiting">Loading…</p>
        ) : (
          <State machine={value.machine} />
        )}
      </header>
      {value !== undefined && <Panels detail={value} />}
    </>
  );
}

function State({ machine }: { readonly machine: Machine }): JSX.Element {
  const { state, level, since, about, reason, hostname } = machine;
  const query = comparison("hostname", hostname);
  return (
    <>
      <p class="machine-state-line">
        <strong>
          <MachineStateText state={state} level={level} />
        </strong>
        {since !== null && (
          <span class="muted">
            {" since "}
            <Time iso={since} milliseconds={false} /> (<Ago iso={since} />)
          </span>
        )}
      </p>
      <p>{about}</p>
      {reason !== "" && (
        <p class="machine-reason">
          <span class="muted">Reason:</span> <Untrusted text={reason} />
        </p>
      )}
      {hostname !== "" && (
        <p>
          <a href={filtered("/alerts", { ...NO_FILTER, query, since: ALL_TIME })}>Alerts from this machine</a>
        </p>
      )}
    </>
  );
}

function Panels({ detail }: { readonly detail: MachineDetail }): JSX.Element {
  const { machine, history } = detail;
  return (
    <div class="machine-panels">
      <Facts machine={machine} />
      <div class="machine-panel-column">
        {history.length > 0 && <MachineHistory detail={detail} />}
        {machine.health.length > 0 && <Health components={machine.health} />}
        {machine.outputs.length > 0 && <Outputs outputs={machine.outputs} />}
      </div>
    </div>
  );
}

function Facts({ machine }: { readonly machine: Machine }): JSX.Element {
  const rows = factsOf(machine).filter(([, value]) => value !== null);
  return (
    <Panel title="Details">
      <table class="lined machine-facts">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** The facts about a machine; null if a fact is unknown. */
function factsOf(machine: Machine): readonly (readonly [name: string, value: ComponentChildren])[] {
  const { digest, ruleFiles, lastError, lastErrorTime } = machine;
  return [
    ["Last report", time(machine.seen)],
    ["Version", text(machine.version)],
    ["Kernel", text(machine.kernel)],
    ["Architecture", text(machine.architecture)],
    ["Agent started", time(machine.started)],
    ["Uptime", machine.uptime === null ? null : durationText(machine.uptime)],
    ["Sensor", text(machine.sensor)],
    ["Last canary", time(machine.lastCanary)],
    ["Rules", number(machine.ruleNumber)],
    ["Rule files", text(ruleFiles)],
    ["Rules digest", digest === "" ? null : <span class="mono digest">{text(digest)}</span>],
    ["Rules loaded", time(machine.rulesLoaded)],
    ["Events per second", machine.rate === null ? null : compact(machine.rate)],
    ["Events", number(machine.events)],
    ["Dropped events", number(machine.dropped)],
    ["Last dropped event", time(machine.lastDropped)],
    ["Evaluation lag", machine.lag === null ? null : durationText(machine.lag)],
    ["Backlog", number(machine.backlog)],
    ["Output lag", machine.outputLag === null ? null : durationText(machine.outputLag)],
    ["Memory", machine.memory === null ? null : size(machine.memory)],
    ["CPU", machine.cpu === null ? null : `${machine.cpu}% of one CPU`],
    ["Last alert", time(machine.lastAlert)],
    ["Alerts in the journal", number(machine.alerts)],
    [
      "Last error",
      lastError === "" ? null : (
        <>
          <Untrusted text={lastError} /> {lastErrorTime !== null && <span class="muted">{time(lastErrorTime)}</span>}
        </>
      ),
    ],
    ["ID", text(machine.id)],
  ];
}

const text = (value: string): ComponentChildren => (value === "" ? null : <Untrusted text={value} />);
const number = (value: number | null): ComponentChildren => (value === null ? null : integer(value));
const time = (iso: string | null): ComponentChildren =>
  iso === null ? null : (
    <>
      <Time iso={iso} milliseconds={false} /> (<Ago iso={iso} />)
    </>
  );

function Health({ components }: { readonly components: Machine["health"] }): JSX.Element {
  return (
    <Panel title="Health">
      <Cards>
        <table class="lined machine-health">
          <thead>
            <tr>
              <th scope="col">Component</th>
              <th scope="col">State</th>
              <th scope="col">Since</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {components.map(({ name, state, since, reason }, i) => (
              <tr key={i}>
                <th scope="row">
                  <Untrusted text={name} />
                </th>
                <td class={state === "ok" ? "good" : "bad"}>
                  <Untrusted text={state} />
                </td>
                <td class="nowrap">{since === null ? "–" : <Ago iso={since} />}</td>
                <td>
                  <Untrusted text={reason} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Cards>
    </Panel>
  );
}

function Outputs({ outputs }: { readonly outputs: Machine["outputs"] }): JSX.Element {
  return (
    <Panel title="Outputs">
      <Cards>
        <table class="lined">
          <thead>
            <tr>
              <th scope="col">Output</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Backlog
              </th>
              <th scope="col" class="number">
                Lag
              </th>
            </tr>
          </thead>
          <tbody>
            {outputs.map(({ name, state, backlog, lag }, i) => (
              <tr key={i}>
                <th scope="row">
                  <Untrusted text={name} />
                </th>
                <td>
                  <OutputStateText state={state} />
                </td>
                <td class="number">{backlog === null ? "–" : compact(backlog)}</td>
                <td class="number">{lag === null ? "–" : durationText(lag)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Cards>
    </Panel>
  );
}
