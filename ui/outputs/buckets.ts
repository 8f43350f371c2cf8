import type { OutputInterval } from "../../src/api/schemas/output.ts";

/** A bar of the charts. */
export interface Bucket {
  /** Start, in milliseconds since the epoch. */
  readonly at: number;
  readonly delivered: number;
  /** Retried deliveries, and rejected or lost alerts. */
  readonly failed: number;
  /** Maximum backlog. */
  readonly waiting: number;
}

/** Minimum length of the charts, in milliseconds. */
const SHORTEST = 30 * 60_000;
/** Maximum number of bars. */
const MOST = 90;

/**
 * Groups intervals into the bars of a chart that ends now. Intervals without data are 0.
 * @param interval length of an interval in seconds
 * @param now milliseconds since the epoch
 * @returns the bars, and the length of a bar in milliseconds
 */
export function bucketsOf(
  history: readonly OutputInterval[],
  interval: number,
  now: number,
): { readonly buckets: readonly Bucket[]; readonly step: number } {
  const least = interval * 1000;
  const first = Math.min(history[0] === undefined ? now : Date.parse(history[0].time), now - SHORTEST);
  const step = Math.ceil((now - first) / least / MOST) * least;
  const begin = Math.floor(first / step) * step;
  const count = Math.floor((now - begin) / step) + 1;
  const buckets = Array.from({ length: count }, (_, i) => ({
    ...{ at: begin + i * step, delivered: 0, failed: 0, waiting: 0 },
  }));
  for (const { time, delivered, retried, lost, waiting } of history) {
    const bucket = buckets[Math.floor((Date.parse(time) - begin) / step)];
    if (bucket === undefined) continue; // the clocks differ
    bucket.delivered += delivered;
    bucket.failed += retried + lost;
    bucket.waiting = Math.max(bucket.waiting, waiting);
  }
  return { buckets, step };
}
