import { expect, it } from "vitest";
import { roundUp, timeLabels } from "./axis.ts";

it.each([
  [0, 1],
  [1, 1],
  [3, 5],
  [12, 20],
  [50, 50],
  [51, 100],
  [740_000, 1_000_000],
])("an axis for %d ends at %d", (value, end) => {
  expect(roundUp(value)).toBe(end);
});

it("labels are at round times of the time zone", () => {
  const from = Date.parse("2026-11-25T10:07:30Z");
  const labels = timeLabels(from, from + 6 * 3_600_000, 8, -60);
  expect(labels.map((at) => new Date(at).toISOString())).toEqual([
    "2026-11-25T11:00:00.000Z",
    "2026-11-25T12:00:00.000Z",
    "2026-11-25T13:00:00.000Z",
    "2026-11-25T14:00:00.000Z",
    "2026-11-25T15:00:00.000Z",
    "2026-11-25T16:00:00.000Z",
  ]);
});

it("labels of a range below a second are at round milliseconds", () => {
  const from = Date.parse("2026-11-25T10:07:30.003Z");
  const labels = timeLabels(from, from + 40, 5, 0);
  expect(labels.map((at) => new Date(at).toISOString().slice(17, 23))).toEqual([
    "30.010",
    "30.020",
    "30.030",
    "30.040",
  ]);
});
