import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Incident } from "../../src/api/schemas/incident.ts";
import { api } from "../../ui-shared/api/client.ts";
import { alertAddress } from "../../ui-shared/filter/time-range.ts";
import { keptSelection, selectionIn } from "../../ui-shared/filter/time-selection.ts";
import { Lanes } from "../../ui-shared/lanes/lanes-picture.tsx";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { useShortcuts } from "../../ui-shared/page/keys.ts";
import { useResource } from "../../ui-shared/page/resource.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import type { ViewProps } from "../shell/views.ts";
import { timeText } from "./describe.ts";
import { Details } from "./details.tsx";
import { laneAlerts } from "./lane-alerts.ts";
import { graphOf } from "./model.ts";
import { type Graph, type GraphNode, visibleNodes } from "./node.ts";
import { Picture } from "./picture.tsx";
import { NodeTable } from "./table.tsx";

/** The incident of an alert as a graph: processes, alerts, files and connections. */
export function IncidentPage({ subject: id = "" }: ViewProps): JSX.Element {
  const { value, failure } = useResource(id, (signal) => api.incident(id, signal)).value;
  const shortcuts = useMemo(
    () => [{ keys: "u", description: "Go to the alert", run: () => navigate(addressOfAlert(id, parameters.peek())) }],
    [id],
  );
  useShortcuts(shortcuts);
  return (
    <section class="view">
      <div class="heading">
        <h1>Incident graph</h1>
        <a href={addressOfAlert(id, parameters.value)} title="Go to the alert (u)">
          <Untrusted text={value?.alerts.find((alert) => alert.id === id)?.rule ?? "Alert"} />
        </a>
      </div>
      {value === undefined ? <p class="waiting">{failure ?? "Loading…"}</p> : <IncidentGraph incident={value} />}
    </section>
  );
}

/** The URL of the alert of the incident, with the selected time. */
function addressOfAlert(id: string, query: URLSearchParams): string {
  return alertAddress(id, query, keptSelection(query));
}

function IncidentGraph({ incident }: { readonly incident: Incident }): JSX.Element {
  const graph = useMemo(() => graphOf(incident), [incident]);
  const all = useMemo(() => visibleNodes(graph.roots, Number.POSITIVE_INFINITY).map(({ node }) => node), [graph]);
  const moments = useMemo(() => momentsOf(all), [all]);
  const subject = all.find(({ isSubject, kind }) => isSubject && kind === "alert")?.id ?? "";
  const lanes = useMemo(() => laneAlerts(incident), [incident]);
  const selection = selectionIn(parameters.value);
  const moment = useSignal(moments.length - 1);
  const focused = useSignal(subject);
  const selected = useSignal(subject);
  const asTable = useSignal(false);
  const until = moments[moment.value] ?? Number.POSITIVE_INFINITY;
  const nodeOf = (id: string): GraphNode | undefined => all.find((node) => node.id === id);
  const select = (id: string): void => {
    selected.value = id;
  };
  const node = nodeOf(selected.value);
  return (
    <>
      <Summary incident={incident} graph={graph} />
      <div class="incident-tools">
        <label>
          Until
          <input
            type="range"
            min="0"
            max={Math.max(0, moments.length - 1)}
            value={moment.value}
            disabled={moments.length < 2}
            aria-valuetext={timeText(until)}
            onInput={(event) => {
              moment.value = event.currentTarget.valueAsNumber;
            }}
          />
          <span class="incident-until">{timeText(until)}</span>
        </label>
        <button
          type="button"
          aria-pressed={asTable.value}
          onClick={() => {
            asTable.value = !asTable.value;
          }}
        >
          Show as table
        </button>
      </div>
      <div class="incident">
        {asTable.value ? (
          <div class="panel incident-table">
            <Cards>
              <NodeTable graph={graph} until={until} select={select} />
            </Cards>
          </div>
        ) : (
          <div class="panel">
            <Picture
              graph={graph}
              until={until}
              selection={selection}
              selected={selected.value}
              focused={focused.value}
              focus={(id) => {
                focused.value = id;
              }}
              select={select}
            />
            <div class="visually-hidden">
              <NodeTable graph={graph} until={until} select={undefined} />
            </div>
          </div>
        )}
        <section class="panel incident-details" aria-label="Details" aria-live="polite">
          {node === undefined || node.from > until ? (
            <p class="muted">Select a node to show its details.</p>
          ) : (
            <Details graph={graph} node={node} nodeOf={nodeOf} until={until} alert={incident.alert} />
          )}
        </section>
      </div>
      {lanes.length > 1 && (
        <section class="panel incident-lanes" aria-label="Alerts over time">
          <Lanes alerts={lanes} selection={selection} kinds={["process", "source"]} />
        </section>
      )}
    </>
  );
}

/** Number of items in the incident, and of items that are not shown. */
function Summary({ incident, graph }: { readonly incident: Incident; readonly graph: Graph }): JSX.Element {
  const { processes, alerts, objects, more, omitted } = incident;
  const left = [
    omitted.processes > 0 ? quantity(omitted.processes, "process", "processes") : "",
    omitted.objects > 0 ? quantity(omitted.objects, "file or connection", "files or connections") : "",
    graph.omitted > 0 ? quantity(graph.omitted, "node") : "",
  ].filter((part) => part !== "");
  return (
    <p class="muted incident-summary">
      {quantity(processes.length, "process", "processes")}, {quantity(alerts.length, "alert")},{" "}
      {quantity(objects.length, "file or connection", "files or connections")}.
      {more && " Only the related alerts nearest in time are included."}
      {left.length > 0 && ` Not shown: ${left.join(", ")}.`}
    </p>
  );
}

/** The times at which items of nodes begin, ascending. */
function momentsOf(nodes: readonly GraphNode[]): readonly number[] {
  return [...new Set(nodes.flatMap(({ times }) => times))].filter((time) => time > 0).sort((a, b) => a - b);
}
