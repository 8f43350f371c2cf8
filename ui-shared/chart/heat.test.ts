import { expect, test } from "vitest";
import { heatLabel, heatOf, heatSteps } from "./heat.ts";

test.each([
  [0, []],
  [1, [1]],
  [5, [1, 2, 4]],
  [31, [1, 2, 4, 8, 16]],
  [32, [1, 3, 10, 32]],
  [300, [1, 3, 10, 32, 100]],
  [99_999, [1, 10, 100, 1000, 10_000]],
  [2_000_000, [1, 100, 10_000, 1_000_000]],
])("a scale for counts up to %d has the steps %j", (maximum, steps) => {
  expect(heatSteps(maximum)).toEqual(steps);
});

test("each count has a step, whose label includes the count", () => {
  const steps = heatSteps(300);
  expect([0, 1, 2, 3, 31, 32, 99, 100, 1e9].map((count) => heatOf(count, steps))).toEqual([0, 1, 1, 2, 3, 4, 4, 5, 5]);
  expect([1, 2, 3, 4, 5].map((step) => heatLabel(step, steps))).toEqual([
    "1–2",
    "3–9",
    "10–31",
    "32–99",
    "100 or more",
  ]);
  expect([1, 2].map((step) => heatLabel(step, heatSteps(2)))).toEqual(["1", "2 or more"]);
});
