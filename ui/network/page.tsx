import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { type Filter, filtered, filterOf } from "../../ui-shared/filter/filter.ts";
import { FilterBar } from "../../ui-shared/filter/filter-bar.tsx";
import { parameters } from "../../ui-shared/page/router.ts";
import { Scroll } from "../../ui-shared/page/scroll.tsx";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { quantity } from "../../ui-shared/text/number.ts";
import { type FlowMap, flowMapOf, sortedFlows } from "./flow-map.ts";
import { FlowTable } from "./flow-table.tsx";
import { Picture } from "./picture.tsx";
import { type FlowProgress, useFlows } from "./use-flows.ts";

/** Network connections in alerts, from workloads and programs to remote addresses. */
export function NetworkPage(): JSX.Element {
  const filter = filterOf(parameters.value);
  const { progress, stop, proceed, reload } = useFlows(filter);
  const asTable = useSignal(false);
  const { flows, alerts, reading, next, failure } = progress.value;
  const sorted = useMemo(() => sortedFlows([...flows.values()]), [flows]);
  const map = useMemo(() => flowMapOf(sorted), [sorted]);
  const addressOf = (query: string): string => filtered("/alerts", narrowedTo(filter, query));
  const isWaiting = reading && alerts === 0;
  return (
    <>
      <FilterBar error={failure} />
      <section class="view network">
        <h1>Network</h1>
        <div class="network-tools">
          {reading ? (
            <button type="button" onClick={stop}>
              Stop
            </button>
          ) : (
            <>
              {next !== null && next !== undefined && (
                <button type="button" onClick={proceed}>
                  Include older alerts
                </button>
              )}
              <button type="button" onClick={reload}>
                Refresh
              </button>
            </>
          )}
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
        <Summary progress={progress.value} map={map} />
        {failure !== undefined && <p class="failure">{failure}</p>}
        {isWaiting && <p class="waiting">Loading…</p>}
        {sorted.length > 0 &&
          (asTable.value ? (
            <div class="panel">
              <Scroll>
                <FlowTable flows={sorted} addressOf={addressOf} />
              </Scroll>
            </div>
          ) : (
            <div class="panel">
              <Picture map={map} addressOf={addressOf} />
              <div class="visually-hidden">
                <FlowTable flows={map.edges.map(({ flow }) => flow)} addressOf={undefined} />
              </div>
            </div>
          ))}
      </section>
    </>
  );
}

/** The filter of the view, narrowed to the alerts of a flow or a node. */
function narrowedTo(filter: Filter, query: string): Filter {
  return { ...filter, query: filter.query === "" ? query : `(${filter.query}) and ${query}` };
}

interface SummaryProps {
  readonly progress: FlowProgress;
  readonly map: FlowMap;
}

/** Number of alerts and flows, of flows that are not shown, and the time range that was read. */
function Summary({ progress: { flows, alerts, omitted, reading, searched }, map }: SummaryProps): JSX.Element {
  const { hidden } = map;
  return (
    <p class="muted" role="status">
      {alerts === 0 && !reading
        ? "No alerts with connections."
        : `${quantity(alerts, "alert")} with connections, ${quantity(flows.size, "flow")}.`}
      {hidden.flows > 0 &&
        ` The map shows the most severe flows. Not shown: ${quantity(hidden.flows, "flow")} with ${quantity(hidden.alerts, "alert")}.`}
      {omitted > 0 && ` The count includes ${quantity(omitted, "alert")} of flows that are not shown.`}{" "}
      {searched !== undefined && <Incomplete complete={false} searched={searched} continues={reading} />}
    </p>
  );
}
