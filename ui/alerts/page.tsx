import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useMemo, useRef } from "preact/hooks";
import { api } from "../../ui-shared/api/client.ts";
import { status } from "../../ui-shared/api/live.ts";
import { OverTimeChart } from "../../ui-shared/chart/over-time.tsx";
import { chartRange } from "../../ui-shared/filter/chart-range.ts";
import { filtered, filterOf } from "../../ui-shared/filter/filter.ts";
import { applyFilter, FilterBar } from "../../ui-shared/filter/filter-bar.tsx";
import { FirstSteps } from "../../ui-shared/first-steps/panel.tsx";
import { useShortcuts } from "../../ui-shared/page/keys.ts";
import { lazy } from "../../ui-shared/page/lazy.tsx";
import { useResource } from "../../ui-shared/page/resource.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { BulkNotice } from "./bulk-notice.tsx";
import { ColumnsButton } from "./columns-button.tsx";
import { facetsOpen, setFacetsOpen } from "./facets-toggle.ts";
import { Groups } from "./groups.tsx";
import { AlertList } from "./list.tsx";
import { withParameters } from "./list-address.ts";
import { order } from "./order.ts";
import { ViewsButton } from "./views-button.tsx";

const Facets = lazy(async () => (await import("./facets.tsx")).Facets);

const BUCKETS = 120;
/** Minimum time between requests for chart data, in milliseconds. */
const REFRESH_INTERVAL = 2000;

const toggleFacets = (): void => setFacetsOpen(!facetsOpen.peek());
const shortcuts = [{ keys: "f", description: "Show or hide facets", run: toggleFacets }];

export function AlertsPage(): JSX.Element {
  useShortcuts(shortcuts);
  const key = filtered("", filterOf(parameters.value));
  // Memoized, because a new object would restart the effects that depend on the filter.
  const filter = useMemo(() => filterOf(new URLSearchParams(key)), [key]);
  const grouped = useComputed(() => parameters.value.get("view") === "groups");
  const version = useSignal(0);
  const facetsButton = useRef<HTMLButtonElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const onAlerts = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      version.value++;
    }, REFRESH_INTERVAL);
  }, [version]);
  const charted = chartRange(filter, status.value?.journal.oldest);
  const overTime = useResource(
    `?${key}`,
    (signal) => api.overTime(charted, BUCKETS, signal),
    `${filtered("", charted)}#${version.value}`,
  );
  const { value, previous, failure } = overTime.value;
  const data = value ?? previous; // the chart keeps the focus while data are fetched for another filter
  return (
    <div class="alerts">
      <FilterBar error={failure}>
        <button
          type="button"
          aria-pressed={grouped.value}
          onClick={() => navigate(withParameters({ view: grouped.value ? "" : "groups" }))}
        >
          Group alerts
        </button>
        <button
          ref={facetsButton}
          type="button"
          aria-pressed={facetsOpen.value}
          title="Show or hide the most frequent values (f)"
          onClick={toggleFacets}
        >
          Facets
        </button>
        {!grouped.value && <ColumnsButton />}
        <ViewsButton />
      </FilterBar>
      <h1 class="visually-hidden">Alerts</h1>
      <FirstSteps />
      {data !== undefined && (
        <div class="alerts-chart">
          <OverTimeChart data={data} height={84} select={(since, until) => applyFilter({ since, until })} />
        </div>
      )}
      <BulkNotice />
      <div class="alerts-body">
        {facetsOpen.value && (
          <Facets
            filter={filter}
            version={version}
            close={() => {
              setFacetsOpen(false);
              facetsButton.current?.focus();
            }}
          />
        )}
        {grouped.value ? (
          <Groups key={key} filter={filter} />
        ) : (
          <AlertList key={`${order.value}${key}`} filter={filter} order={order.value} onAlerts={onAlerts} />
        )}
      </div>
    </div>
  );
}
