import type { JSX } from "preact";
import { clock, day } from "../text/clock.ts";
import { compact } from "../text/number.ts";
import { zoneOffset } from "../text/time-zone.ts";
import { timeLabels } from "./axis.ts";
import { type Scale, spanOf } from "./scale.ts";

/** Minimum distance between two time labels, in pixels. */
const LABEL_DISTANCE = 90;
/** Minimum distance of a centered label from the edges, in pixels. */
const LABEL_MARGIN = 24;
/** The same distance for a label with milliseconds. */
const LONG_LABEL_MARGIN = 40;
const DAY = 86_400;

interface PlotProps {
  readonly scale: Scale;
  /** Seconds per bucket. */
  readonly step: number;
  /** Bounds of the highlighted buckets, in any order. */
  readonly highlighted: readonly [one: number, other: number] | undefined;
  /** Selected time in milliseconds since the epoch. */
  readonly selected?: readonly [since: number, until: number] | undefined;
}

/** Axes and stacked bars of a chart. */
export function Plot({ scale, step, highlighted, selected }: PlotProps): JSX.Element {
  const { width, height, left, top, plotHeight, barWidth, maximum, totals, y, xOfBucket } = scale;
  return (
    <svg width={width} height={height} aria-hidden="true">
      {[0, 0.5, 1]
        .map((share) => share * maximum)
        .filter((count) => Number.isInteger(count))
        .map((count) => (
          <g key={count} class="axis">
            <line x1={left} x2={width} y1={y(count)} y2={y(count)} />
            <text x={left - 6} y={y(count) + 4} text-anchor="end">
              {compact(count)}
            </text>
          </g>
        ))}
      <TimeAxis scale={scale} step={step} />
      {selected !== undefined && <rect class="brushed" {...spanOf(scale, selected)} y={top} height={plotHeight} />}
      {highlighted !== undefined && (
        <rect
          class="pointed"
          x={xOfBucket(Math.min(...highlighted))}
          width={(Math.abs(highlighted[0] - highlighted[1]) + 1) * barWidth}
          y={top}
          height={plotHeight}
        />
      )}
      {totals.map((count, bucket) => count > 0 && <Bar key={bucket} scale={scale} bucket={bucket} />)}
    </svg>
  );
}

function TimeAxis({ scale, step }: Pick<PlotProps, "scale" | "step">): JSX.Element | null {
  const { width, height, plotWidth, totals, timeOf, xOfTime } = scale;
  if (plotWidth === 0) return null;
  const most = Math.max(2, Math.floor(plotWidth / LABEL_DISTANCE));
  const times = timeLabels(timeOf(0), timeOf(totals.length), most, zoneOffset(new Date()));
  const [first = 0, second] = times;
  const distance = (second ?? first) - first;
  const margin = distance > 0 && distance < 1000 ? LONG_LABEL_MARGIN : LABEL_MARGIN;
  return (
    <>
      {times.map((at) => {
        const x = xOfTime(at);
        return (
          <text
            key={at}
            class="axis"
            text-anchor={x > width - margin ? "end" : x < margin ? "start" : "middle"}
            x={x}
            y={height - 4}
          >
            {labelOf(at, step, distance)}
          </text>
        );
      })}
    </>
  );
}

function Bar({ scale, bucket }: { readonly scale: Scale; readonly bucket: number }): JSX.Element {
  const { stack, barWidth, y, xOfBucket } = scale;
  const gap = barWidth > 4 ? 1 : 0;
  let below = 0;
  return (
    <g>
      {stack.map(({ priority, counts }) => {
        const count = counts[bucket] ?? 0;
        const foot = y(below);
        below += count;
        const height = Math.max(foot - y(below), 1);
        return count > 0 ? (
          <rect
            key={priority}
            class={`fill-${priority.toLowerCase()}`}
            x={xOfBucket(bucket)}
            y={foot - height}
            width={Math.max(1, barWidth - gap)}
            height={height}
          />
        ) : null;
      })}
    </g>
  );
}

/** @param distance distance between two labels, in milliseconds */
function labelOf(at: number, step: number, distance: number): string {
  const iso = new Date(at).toISOString();
  if (distance > 0 && distance < 1000) return clock(iso);
  const time = clock(iso, false);
  if (step >= DAY / 8 || time === "00:00:00") return day(iso).slice(5);
  return distance < 60_000 ? time : time.slice(0, 5);
}
