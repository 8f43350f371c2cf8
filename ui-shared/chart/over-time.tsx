import type { JSX } from "preact";
import type { OverTime } from "../../src/api/schemas/alert.ts";
import { clock, day } from "../text/clock.ts";
import { integer, quantity } from "../text/number.ts";
import { Legend } from "./legend.tsx";
import { Plot } from "./plot.tsx";
import { scaleOf } from "./scale.ts";
import { useRange } from "./use-range.ts";
import { useWidth } from "./use-width.ts";

interface OverTimeChartProps {
  readonly data: OverTime;
  readonly height: number;
  /** What the chart counts. Default: alerts. */
  readonly subject?: string;
  /** Called with the bounds of a range that was selected by click, drag or keyboard. */
  readonly select: (since: string, until: string) => void;
}

/** Alerts over time, stacked by priority with the most severe at the bottom. */
export function OverTimeChart({ data, height, subject = "Alerts", select }: OverTimeChartProps): JSX.Element {
  const [ref, width] = useWidth();
  const scale = scaleOf(data, width, height);
  const { cursor, anchor, ...handlers } = useRange(scale, select);
  const { totals, stack, timeOf } = scale;
  const total = totals.reduce((sum, count) => sum + count, 0);
  const atCursor = cursor === undefined ? 0 : (totals[cursor] ?? 0);
  return (
    <figure class="over-time" ref={ref}>
      <div
        class="plot"
        role="slider"
        tabIndex={0}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, totals.length - 1)}
        aria-valuenow={cursor ?? 0}
        aria-valuetext={
          cursor === undefined ? "no selection" : `${timeText(timeOf(cursor))}: ${quantity(atCursor, "alert")}`
        }
        aria-label={`${subject} over time: ${quantity(total, "alert")}, maximum ${integer(Math.max(0, ...totals))} per ${data.step} s. Use the arrow keys to move, Shift with an arrow key to select a range, and Enter to apply the range.`}
        {...handlers}
      >
        <Plot
          scale={scale}
          step={data.step}
          highlighted={cursor === undefined ? undefined : [cursor, anchor ?? cursor]}
        />
      </div>
      <figcaption aria-live="polite">
        {cursor === undefined ? (
          <Legend stack={stack} />
        ) : (
          <span>
            <b>{timeText(timeOf(cursor))}</b>
            {` ${quantity(atCursor, "alert")}`}
            {stack
              .map(({ priority, counts }) => ({ priority, count: counts[cursor] ?? 0 }))
              .filter(({ count }) => count > 0)
              .map(({ priority, count }) => ` · ${priority} ${integer(count)}`)}
          </span>
        )}
      </figcaption>
    </figure>
  );
}

function timeText(at: number): string {
  const iso = new Date(at).toISOString();
  return `${day(iso)} ${clock(iso, false)}`;
}
