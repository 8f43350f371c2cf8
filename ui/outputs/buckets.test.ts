import { expect, test } from "vitest";
import type { OutputInterval } from "../../src/api/schemas/output.ts";
import { bucketsOf } from "./buckets.ts";

const MINUTE = 60_000;
const NOW = Date.parse("2026-11-25T10:30:30Z");

function intervalAt(minutesAgo: number, changes: Partial<OutputInterval> = {}): OutputInterval {
  const time = new Date(Math.floor(NOW / MINUTE) * MINUTE - minutesAgo * MINUTE).toISOString();
  return { time, delivered: 0, retried: 0, refused: 0, lost: 0, waiting: 0, lag: 0, ...changes };
}

test("without data, the chart shows the last half hour", () => {
  const { buckets, step } = bucketsOf([], 60, NOW);
  expect(step).toBe(MINUTE);
  expect(buckets).toHaveLength(31);
  expect(buckets.every(({ delivered, failed, waiting }) => delivered + failed + waiting === 0)).toBe(true);
});

test("a bar per minute has the values of its interval; rejected alerts are counted once", () => {
  const history = [intervalAt(2, { delivered: 3 }), intervalAt(0, { retried: 2, refused: 1, lost: 1, waiting: 7 })];
  const { buckets } = bucketsOf(history, 60, NOW);
  expect(buckets.at(-3)).toMatchObject({ delivered: 3, failed: 0, waiting: 0 });
  expect(buckets.at(-2)).toMatchObject({ delivered: 0, failed: 0 });
  expect(buckets.at(-1)).toMatchObject({ delivered: 0, failed: 3, waiting: 7 });
});

test("a long history has longer bars, with sums and the maximum backlog", () => {
  const history = Array.from({ length: 360 }, (_, i) => intervalAt(359 - i, { delivered: 1, waiting: i }));
  const { buckets, step } = bucketsOf(history, 60, NOW);
  expect(step).toBe(4 * MINUTE);
  expect(buckets.length).toBeLessThanOrEqual(91);
  expect(buckets.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(360);
  expect(Math.max(...buckets.map(({ waiting }) => waiting))).toBe(359);
});

test("intervals after the time of the browser are omitted", () => {
  const { buckets } = bucketsOf([intervalAt(-5, { delivered: 9 })], 60, NOW);
  expect(buckets.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(0);
});
