import type { OverTime } from "../../src/api/schemas/alert.ts";
import { priorities } from "../../src/rule/rule.ts";
import { roundUp } from "./axis.ts";

const LEFT = 44;
const BOTTOM = 18;
const TOP = 6;

/** Maps times and alert counts to pixel positions in a chart. */
export interface Scale {
  readonly width: number;
  readonly height: number;
  /** Left and top edge of the plot area, in pixels. */
  readonly left: number;
  readonly top: number;
  readonly plotHeight: number;
  readonly plotWidth: number;
  readonly barWidth: number;
  /** Highest count on the axis. */
  readonly maximum: number;
  /** Number of alerts per bucket, for all priorities. */
  readonly totals: readonly number[];
  /** Series in stacking order, most severe first. */
  readonly stack: OverTime["series"];
  readonly y: (count: number) => number;
  readonly xOfBucket: (bucket: number) => number;
  readonly xOfTime: (milliseconds: number) => number;
  /** Returns the start of a bucket, in milliseconds since the epoch. */
  readonly timeOf: (bucket: number) => number;
  /** Returns the bucket at a horizontal offset from the left edge of the chart. */
  readonly bucketAt: (x: number) => number;
}

/** @param left width of the labels beside the plot area, in pixels */
export function scaleOf(
  { from, step, series }: Pick<OverTime, "from" | "step" | "series">,
  width: number,
  height: number,
  left = LEFT,
): Scale {
  const begin = Date.parse(from);
  const buckets = series[0]?.counts.length ?? 0;
  const totals = Array.from({ length: buckets }, (_, bucket) =>
    series.reduce((sum, { counts }) => sum + (counts[bucket] ?? 0), 0),
  );
  const maximum = roundUp(Math.max(0, ...totals));
  const plotWidth = Math.max(0, width - left);
  const plotHeight = height - BOTTOM - TOP;
  const barWidth = buckets === 0 ? 0 : plotWidth / buckets;
  return {
    width,
    height,
    left,
    top: TOP,
    plotHeight,
    plotWidth,
    barWidth,
    maximum,
    totals,
    stack: [...series].sort((a, b) => priorities.indexOf(a.priority) - priorities.indexOf(b.priority)),
    y: (count) => TOP + plotHeight - (count / maximum) * plotHeight,
    xOfBucket: (bucket) => left + bucket * barWidth,
    xOfTime: (milliseconds) => left + ((milliseconds - begin) / 1000 / step) * barWidth,
    timeOf: (bucket) => begin + bucket * step * 1000,
    bucketAt: (x) => clampBucket(Math.floor((x - left) / barWidth), totals),
  };
}

/** Returns the nearest existing bucket. */
export function clampBucket(bucket: number, totals: readonly number[]): number {
  return Math.max(0, Math.min(totals.length - 1, bucket));
}

/**
 * Returns the left edge and the width of the part of a time range that is in the plot area; at least one pixel wide.
 */
export function spanOf(
  { left, width, xOfTime }: Pick<Scale, "left" | "width" | "xOfTime">,
  [since, until]: readonly [since: number, until: number],
): { readonly x: number; readonly width: number } {
  const x = Math.max(left, Math.min(width, xOfTime(since)));
  return { x, width: Math.max(1, Math.min(width, xOfTime(until)) - x) };
}
