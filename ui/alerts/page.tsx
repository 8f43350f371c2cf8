import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useMemo, useRef } from "preact/hooks";
import { api } from "../api/client.ts";
import { status } from "../api/live.ts";
import { OverTimeChart } from "../chart/over-time.tsx";
import { chartRange } from "../filter/chart-range.ts";
import { filtered, filterOf } from "../filter/filter.ts";
import { applyFilter, FilterBar } from "../filter/filter-bar.tsx";
import { useResource } from "../shell/resource.ts";
import { navigate, parameters } from "../shell/router.ts";
import { Groups } from "./groups.tsx";
import { AlertList } from "./list.tsx";

const BUCKETS = 120;
/** The chart follows the list at this distance, in milliseconds. */
const REFRESH_INTERVAL = 2000;

export function AlertsPage(): JSX.Element {
  const key = filtered("", filterOf(parameters.value));
  // The same filter is the same object, so that what follows it does not begin anew.
  const filter = useMemo(() => filterOf(new URLSearchParams(key)), [key]);
  const grouped = useComputed(() => parameters.value.get("view") === "groups");
  const version = useSignal(0);
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);
  const tell = useCallback(() => {
    due.current ??= setTimeout(() => {
      due.current = undefined;
      version.value++;
    }, REFRESH_INTERVAL);
  }, [version]);
  const shown = chartRange(filter, status.value?.journal.oldest);
  const overTime = useResource(`${filtered("", shown)}#${version.value}`, (signal) =>
    api.overTime(shown, BUCKETS, signal),
  );
  const { value, failure } = overTime.value;
  return (
    <div class="alerts">
      <FilterBar error={failure}>
        <button
          type="button"
          aria-pressed={grouped.value}
          onClick={() => navigate(filtered("/alerts", filter, grouped.value ? {} : { view: "groups" }))}
        >
          Group repeats
        </button>
      </FilterBar>
      <h1 class="unseen">Alerts</h1>
      {value !== undefined && (
        <div class="alerts-chart">
          <OverTimeChart data={value} height={84} choose={(since, until) => applyFilter({ since, until })} />
        </div>
      )}
      {grouped.value ? <Groups key={key} filter={filter} /> : <AlertList key={key} filter={filter} tell={tell} />}
    </div>
  );
}
