import { expect, test } from "vitest";
import { NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { changesOf, changeText, firstOf } from "./compare.ts";
import { periodsOf } from "./period.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const count = (value: string | null, number: number) => ({ value, count: number });

test("the previous period has the same length and ends where the period begins", () => {
  expect(periodsOf(NO_FILTER, NOW)).toEqual({
    current: { ...NO_FILTER, since: "2026-11-27T12:00:00.000Z" },
    previous: { ...NO_FILTER, since: "2026-11-26T12:00:00.000Z", until: "2026-11-27T11:59:59.999Z" },
    earlier: { ...NO_FILTER, since: "ever", until: "2026-11-27T11:59:59.999Z" },
  });
  const range = { since: "2026-11-28T10:00:00Z", until: "1h", query: "priority = Critical", text: "", state: "open" };
  expect(periodsOf({ ...range, state: "open" }, NOW)?.previous).toEqual({
    ...range,
    since: "2026-11-28T09:00:00.000Z",
    until: "2026-11-28T09:59:59.999Z",
  });
});

test("earlier alerts count in any state", () => {
  expect(periodsOf({ ...NO_FILTER, state: "open" }, NOW)?.earlier.state).toBe("");
});

test("there is no previous period of all time, nor of an invalid range", () => {
  expect(periodsOf({ ...NO_FILTER, since: "ever" }, NOW)).toBeUndefined();
  expect(periodsOf({ ...NO_FILTER, since: "nonsense" }, NOW)).toBeUndefined();
  expect(
    periodsOf({ ...NO_FILTER, since: "2026-11-29T00:00:00Z", until: "2026-11-28T00:00:00Z" }, NOW),
  ).toBeUndefined();
});

test("changes include values that had or have no alerts, the largest first", () => {
  const changes = changesOf([count("a", 10), count("b", 3), count("c", 4)], [count("a", 9), count("d", 20)]);
  expect(changes).toEqual([
    { value: "d", now: 0, before: 20 },
    { value: "c", now: 4, before: 0 },
    { value: "b", now: 3, before: 0 },
    { value: "a", now: 10, before: 9 },
  ]);
});

test("first values are the values without an earlier alert", () => {
  expect(firstOf([count("a", 2), count("b", 1)], [count("a", 1)])).toEqual([count("b", 1)]);
});

test.each([
  [5, 5, "no change"],
  [14, 10, "4 more (+40%)"],
  [5, 10, "5 fewer (−50%)"],
  [3, 0, "3 more"],
  [0, 1200, "1,200 fewer (−100%)"],
])("%i after %i: %s", (now, before, text) => {
  expect(changeText({ now, before })).toBe(text);
});
