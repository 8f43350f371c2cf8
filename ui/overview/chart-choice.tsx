import type { JSX } from "preact";
import { lazy } from "../../ui-shared/page/lazy.tsx";
import { setParameter } from "../../ui-shared/page/router.ts";

const CHARTS = [
  ["time", "Over time"],
  ["priority", "By priority"],
  ["week", "By hour and weekday"],
] as const;

/** The chart of the overview: alerts over time, one chart per priority, or by hour and weekday. */
export type Chart = (typeof CHARTS)[number][0];

/** URL parameter of the chart. */
const CHART = "chart";

export function chartOf(query: URLSearchParams): Chart {
  return CHARTS.find(([chart]) => chart === query.get(CHART))?.[0] ?? "time";
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

export const LazyWeekMap = lazy(async () => (await import("./week-map.tsx")).WeekMap);
export const LazyPriorityCharts = lazy(async () => (await import("./priority-charts.tsx")).PriorityCharts);
