import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useMemo, useRef } from "preact/hooks";
import { api } from "../api/client.ts";
import { status } from "../api/live.ts";
import { OverTimeChart } from "../chart/over-time.tsx";
import { fromTheBeginning } from "../filter/beginning.ts";
import { filtered, filterOf } from "../filter/filter.ts";
import { ask, FilterBar } from "../filter/filter-bar.tsx";
import { useResource } from "../shell/resource.ts";
import { go, parameters } from "../shell/router.ts";
import { Groups } from "./groups.tsx";
import { AlertList } from "./list.tsx";

const BUCKETS = 120;
/** The chart follows the list at this distance, in milliseconds. */
const PACE = 2000;

export function AlertsPage(): JSX.Element {
  const key = filtered("", filterOf(parameters.value));
  // The same filter is the same object, so that what follows it does not begin anew.
  const filter = useMemo(() => filterOf(new URLSearchParams(key)), [key]);
  const grouped = useComputed(() => parameters.value.get("view") === "groups");
  const news = useSignal(0);
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);
  const tell = useCallback(() => {
    due.current ??= setTimeout(() => {
      due.current = undefined;
      news.value++;
    }, PACE);
  }, [news]);
  const shown = fromTheBeginning(filter, status.value?.journal.oldest);
  const overTime = useResource(`${filtered("", shown)}#${news.value}`, (signal) =>
    api.overTime(shown, BUCKETS, signal),
  );
  const { value, failure } = overTime.value;
  return (
    <div class="alerts">
      <FilterBar refused={failure}>
        <button
          type="button"
          aria-pressed={grouped.value}
          onClick={() => go(filtered("/alerts", filter, grouped.value ? {} : { view: "groups" }))}
        >
          Group repeats
        </button>
      </FilterBar>
      <h1 class="unseen">Alerts</h1>
      {value !== undefined && (
        <div class="alerts-chart">
          <OverTimeChart data={value} height={84} choose={(since, until) => ask({ since, until })} />
        </div>
      )}
      {grouped.value ? <Groups key={key} filter={filter} /> : <AlertList key={key} filter={filter} tell={tell} />}
    </div>
  );
}
