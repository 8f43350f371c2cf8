import { expect, test } from "vitest";
import { kafkaTimes } from "./times.ts";

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

test("an impossible timestamp is replaced by the current time", () => {
  const times = kafkaTimes(() => NOW);
  expect(times.stamps([NOW - HOUR, NOW + 1, 999_999_999_999, -1, 0], 0).map(Number)).toEqual([
    NOW - HOUR,
    NOW,
    NOW,
    NOW,
    NOW,
  ]);
});

test("a backlog of several days causes few rejections, not one for each group", () => {
  const times = kafkaTimes(() => NOW);
  const limit = HOUR;
  let rejections = 0;
  for (let age = 1000 * HOUR; age > 0; age -= HOUR / 2) {
    const group = [NOW - age, NOW - age + 1000];
    for (let attempt = 0; times.stamps(group, attempt).some((stamp) => NOW - Number(stamp) > limit); attempt++) {
      rejections++;
      expect(times.rejected(group, attempt)).toBe(true);
    }
  }
  expect(rejections).toBeLessThanOrEqual(11);
  expect(times.stamps([NOW - HOUR / 4], 0)).toEqual([String(NOW - HOUR / 4)]);
});

test("original timestamps are used again ten minutes after a rejection", () => {
  let now = NOW;
  const times = kafkaTimes(() => now);
  expect(times.rejected([NOW - HOUR], 0)).toBe(true);
  expect(times.stamps([NOW - HOUR], 1)).toEqual([String(NOW)]);
  expect(times.rejected([NOW - HOUR], 1)).toBe(true);
  expect(times.stamps([NOW - HOUR], 2)).toEqual(["-1"]);
  expect(times.stamps([NOW - HOUR], 0)).toEqual(["-1"]);
  expect(times.rejected([NOW - HOUR], 0)).toBe(false);
  now += 600_000;
  expect(times.stamps([NOW - HOUR], 0)).toEqual([String(NOW - HOUR)]);
});
