import type { Filter } from "../filter/filter.ts";

/** Equal intervals that cover a time range. Times are in milliseconds since the epoch. */
export interface TimeSteps {
  readonly from: number;
  /** Length of an interval in milliseconds, a multiple of a second. */
  readonly step: number;
  readonly number: number;
}

/**
 * Divides the time range of a filter into at most `buckets` intervals.
 * @param oldest start of the range if the filter has no start
 */
export function timeSteps(
  { since, until }: Pick<Filter, "since" | "until">,
  oldest: number,
  buckets: number,
): TimeSteps {
  const begin = since === undefined ? oldest : Number(since / 1000n) / 1000;
  const end = until === undefined ? Date.now() : Number(until / 1000n) / 1000;
  const step = stepFor((end - begin) / 1000, Math.max(1, buckets - 1)) * 1000;
  const from = Math.floor(begin / step) * step;
  return { from, step, number: Math.min(buckets, Math.max(1, Math.floor((end - from) / step) + 1)) };
}

/** The start, end and step of intervals, as in responses. */
export function stepsInAnswer({ from, step, number }: TimeSteps): {
  readonly from: string;
  readonly to: string;
  readonly step: number;
} {
  return {
    from: new Date(from).toISOString(),
    to: new Date(from + number * step).toISOString(),
    step: step / 1000,
  };
}

/** Allowed steps of a chart in seconds. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800];

/** The smallest step in seconds that divides a span, also in seconds, into at most `buckets` bars. */
export function stepFor(span: number, buckets: number): number {
  const wanted = span / buckets;
  return STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / 604_800) * 604_800;
}
