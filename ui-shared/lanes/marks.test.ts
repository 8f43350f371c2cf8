import { describe, expect, it } from "vitest";
import { alertAt } from "./lanes.fixture.ts";
import type { Lane } from "./lanes.ts";
import { histogramOf, type MarkedLane, markAfter, marksOf, markWidth, timeOf } from "./marks.ts";

/** Marks of alerts at these times, one pixel per millisecond. */
const marksAt = (...times: readonly number[]) =>
  marksOf(
    times.map((at) => alertAt(at)),
    (at) => at,
  );
const folds = (marks: ReturnType<typeof marksAt>) => marks.map(({ alerts }) => alerts.map(({ at }) => at));

describe("marks", () => {
  it("of alerts at some distance are separate, at the time of the alert", () => {
    const marks = marksAt(20, 44, 100);
    expect(folds(marks)).toEqual([[20], [44], [100]]);
    expect(marks.map(({ x }) => x)).toEqual([20, 44, 100]);
  });

  it("that would overlap are folded into one, in the middle between them", () => {
    const marks = marksAt(20, 43, 100);
    expect(folds(marks)).toEqual([[20, 43], [100]]);
    expect(marks[0]).toMatchObject({ x: 31.5, from: 20, to: 43 });
  });

  it("with a count are wider, and are folded with the next mark if the count would overlap it", () => {
    expect(folds(marksAt(20, 20, 55))).toEqual([[20, 20], [55]]);
    expect(folds(marksAt(20, 20, 54))).toEqual([[20, 20, 54]]);
  });

  it("never overlap, keep their order, and contain each alert once", () => {
    // A fixed sequence with dense and sparse parts.
    let seed = 7;
    for (let round = 0; round < 50; round++) {
      const times = Array.from({ length: 200 }, () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % (round % 2 === 0 ? 600 : 20_000);
      }).sort((a, b) => a - b);
      const marks = marksAt(...times);
      expect(folds(marks).flat()).toEqual(times);
      for (const [i, mark] of marks.entries()) {
        const next = marks[i + 1];
        if (next !== undefined) expect(mark.x + markWidth(mark)).toBeLessThanOrEqual(next.x);
        expect(mark.x).toBeGreaterThanOrEqual(mark.from);
        expect(mark.x).toBeLessThanOrEqual(mark.to);
      }
    }
  });

  it("select exactly the time of their alerts", () => {
    const [mark] = marksAt(20, 25, 43);
    expect(timeOf(mark!)).toEqual({ since: 20, until: 44 });
  });
});

describe("the chart of all alerts", () => {
  const total = ({ series }: ReturnType<typeof histogramOf>) =>
    series.flatMap(({ counts }) => counts).reduce((a, b) => a + b, 0);

  it.each([
    [[5000]],
    [[5000, 5000, 5001]],
    [[0, 3_600_000]],
    [[1_795_573_542_000, 1_795_573_542_123, 1_800_000_000_000]],
  ])("contains every alert of %j, with room at both ends", (times) => {
    const alerts = times.map((at) => alertAt(at));
    const histogram = histogramOf(alerts, undefined);
    expect(total(histogram)).toBe(times.length);
    expect(histogram.begin).toBeLessThan(times[0]!);
    expect(histogram.end).toBeGreaterThan(times.at(-1)!);
    expect(histogram.series[0]!.counts.length).toBeLessThanOrEqual(81);
    // Whole milliseconds, like the selected times in the URL.
    expect(Number.isInteger(Math.round(histogram.step * 1e6) / 1000)).toBe(true);
  });

  it("shows only the selected time when it is enlarged", () => {
    const alerts = [1000, 2000, 2500, 9000].map((at) => alertAt(at));
    const histogram = histogramOf(alerts, { since: 2000, until: 2501 });
    expect(total(histogram)).toBe(2);
    expect(histogram.end).toBeLessThan(3000);
  });

  it.each([
    [-8.64e15, 8.64e15, 3],
    [-8.64e15, -8.63e15, 1],
    [8.63e15, 8.64e15, 1],
  ])("is limited to the time of the alerts if the range from %d to %d exceeds it", (since, until, shown) => {
    const alerts = [1000, 5000, 9000].map((at) => alertAt(at));
    expect(total(histogramOf(alerts, { since, until }))).toBe(shown);
  });
});

describe("the arrow keys", () => {
  const laneOf = (key: string, ...times: readonly number[]): MarkedLane => {
    const lane: Lane = { ...{ key, name: key, detail: "", folded: 0 }, alerts: times.map((at) => alertAt(at)) };
    return { ...lane, marks: marksOf(lane.alerts, (at) => at) };
  };
  const lanes = [laneOf("one", 100, 300, 500), laneOf("none"), laneOf("two", 220, 410)];
  const at = (lane: number, mark: number) => lanes[lane]!.marks[mark]!;

  it.each([
    ["ArrowRight", at(0, 0), at(0, 1)],
    ["ArrowRight", at(0, 2), undefined],
    ["ArrowLeft", at(0, 1), at(0, 0)],
    ["ArrowLeft", at(0, 0), undefined],
    ["Home", at(0, 2), at(0, 0)],
    ["Home", at(0, 0), undefined],
    ["End", at(0, 0), at(0, 2)],
    ["ArrowDown", at(0, 1), at(2, 0)],
    ["ArrowDown", at(0, 2), at(2, 1)],
    ["ArrowDown", at(2, 0), undefined],
    ["ArrowUp", at(2, 1), at(0, 2)],
    ["ArrowUp", at(0, 0), undefined],
    ["Enter", at(0, 0), undefined],
  ] as const)("%s moves to the next mark in its direction", (key, from, to) => {
    expect(markAfter(key, lanes, from)).toBe(to);
  });
});
