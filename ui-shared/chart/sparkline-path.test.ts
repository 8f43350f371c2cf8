import { expect, test } from "vitest";
import { HEIGHT, sparklinePath } from "./sparkline-path.ts";

test("the highest bar has the full height, others at least one pixel, and intervals without alerts have no bar", () => {
  const bars = sparklinePath([0, 1, 1000, 500]).split("z").filter(Boolean);
  expect(bars.map((bar) => /^M([\d.]+) (\d+)v-(\d+)/.exec(bar)?.slice(1).map(Number))).toEqual([
    [30, HEIGHT, 1],
    [60, HEIGHT, HEIGHT],
    [90, HEIGHT, HEIGHT / 2],
  ]);
});

test("without alerts there are no bars", () => {
  expect(sparklinePath([0, 0])).toBe("");
  expect(sparklinePath([])).toBe("");
});
