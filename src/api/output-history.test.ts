import { expect, test } from "vitest";
import { INTERVAL, OutputHistory } from "./output-history.ts";

const NOW = Date.parse("2026-11-25T10:00:00Z");
const none = { name: "http", delivered: 0, refused: 0, retried: 0, lost: 0, waiting: 0, lag: 0 };

test("an interval contains the changes of the counters, and the maximum backlog and lag", () => {
  const history = new OutputHistory();
  history.add([{ ...none, delivered: 100, waiting: 3, lag: 9 }], NOW);
  history.add([{ ...none, delivered: 104, refused: 1, lost: 2, waiting: 8, lag: 1 }], NOW + 2000);
  history.add([{ ...none, delivered: 105, refused: 1, lost: 2, retried: 3, waiting: 0, lag: null }], NOW + INTERVAL);
  expect(history.of("http")).toEqual([
    { time: "2026-11-25T10:00:00.000Z", delivered: 4, refused: 1, lost: 2, retried: 0, waiting: 8, lag: 9 },
    { time: "2026-11-25T10:01:00.000Z", delivered: 1, refused: 0, lost: 0, retried: 3, waiting: 0, lag: 0 },
  ]);
  expect(history.of("other")).toEqual([]);
});

test("counters that are reset to 0 do not count as deliveries", () => {
  const history = new OutputHistory();
  history.add([{ ...none, delivered: 10 }], NOW);
  history.add([{ ...none, delivered: 1 }], NOW + 1);
  expect(history.of("http")).toMatchObject([{ delivered: 0 }]);
});

test("the history is limited to six hours, even if the clock is set back", () => {
  const history = new OutputHistory();
  for (let i = 0; i < 1000; i++) history.add([{ ...none, delivered: i }], NOW + i * INTERVAL);
  expect(history.of("http")).toHaveLength(360);
  expect(history.of("http").at(-1)?.time).toBe(new Date(NOW + 999 * INTERVAL).toISOString());
  history.add([{ ...none, delivered: 1001 }], NOW + 900 * INTERVAL);
  const times = history.of("http").map(({ time }) => time);
  expect(times.at(-1)).toBe(new Date(NOW + 900 * INTERVAL).toISOString());
  expect(times).toEqual([...times].sort());
});

test("a history can be restored from a copy, and removed outputs are removed from the history", () => {
  const first = new OutputHistory();
  first.add([none, { ...none, name: "redis" }], NOW);
  first.add(
    [
      { ...none, delivered: 2 },
      { ...none, name: "redis" },
    ],
    NOW,
  );
  const second = new OutputHistory(structuredClone(first.all()));
  second.add([{ ...none, delivered: 2 }], NOW + 1);
  second.add([{ ...none, delivered: 5 }], NOW + 2);
  expect(second.of("http")).toMatchObject([{ delivered: 5 }]);
  expect(second.of("redis")).toEqual([]);
  expect(first.of("redis")).toHaveLength(1);
});
