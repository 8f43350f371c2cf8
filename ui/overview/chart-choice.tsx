import { useSignal } from "@preact/signals";
import type { FunctionComponent, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { setParameter } from "../../ui-shared/page/router.ts";
import type { WeekMapProps } from "./week-map.tsx";

/** The chart of the overview: alerts over time, or by hour and weekday. */
export type Chart = "time" | "week";

const CHARTS: readonly (readonly [chart: Chart, label: string])[] = [
  ["time", "Over time"],
  ["week", "By hour and weekday"],
];

/** URL parameter of the chart. */
const CHART = "chart";

export function chartOf(query: URLSearchParams): Chart {
  return query.get(CHART) === "week" ? "week" : "time";
}

/** Buttons that select the chart, which is part of the URL. */
export function ChartChoice({ chart }: { readonly chart: Chart }): JSX.Element {
  const select = (next: Chart): void => setParameter(CHART, next === "time" ? undefined : next);
  return (
    <div class="chart-choice">
      {CHARTS.map(([value, label]) => (
        <button key={value} type="button" aria-pressed={value === chart} onClick={() => select(value)}>
          {label}
        </button>
      ))}
    </div>
  );
}

/** The heat map, whose code is loaded when it is shown. */
export function LazyWeekMap(props: WeekMapProps): JSX.Element {
  const loaded = useSignal<{ readonly component: FunctionComponent<WeekMapProps> } | undefined>(undefined);
  const failed = useSignal(false);
  useEffect(() => {
    import("./week-map.tsx").then(
      ({ WeekMap }) => {
        loaded.value = { component: WeekMap };
      },
      () => {
        failed.value = true;
      },
    );
  }, [loaded, failed]);
  if (failed.value) return <p class="failure">Cannot load the chart. Reload the page.</p>;
  if (loaded.value === undefined) return <p class="waiting">Loading…</p>;
  const { component: WeekMap } = loaded.value;
  return <WeekMap {...props} />;
}
