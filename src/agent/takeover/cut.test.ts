import { describe, expect, test } from "vitest";
import type { Observed } from "../../machine/observed.ts";
import type { OnMatch } from "../folding.ts";
import type { SourceRules } from "../load/ready-rules.ts";
import { CutOff, matchAfter } from "./cut.ts";

const START = 1_700_000_000_000_000_000;
const MS = 1e6;
/** Milliseconds from the takeover request to the end of the previous process's events. */
const AHEAD = new CutOff(() => {}).endSoon(START, 0);
const END = START + AHEAD * MS;
/** The clock was adjusted between the starts of the two processes. */
const [BEFORE, AFTER] = [5000 * MS, 5400 * MS];
const rules = { ruleset: { rules: [{ name: "first" }, { name: "second" }] } } as unknown as SourceRules;

/** An event, with the time that each process records. */
interface Given {
  readonly time: number;
  readonly tid?: number;
  readonly rule?: number;
}

const eventOf = ({ time, tid = 1 }: Given): Observed => ({ timeNumber: time, tid, type: 7 }) as unknown as Observed;

/** Returns the events that raise alerts in the previous process and in the new process, whose event times differ. */
function takeOver(events: readonly Given[], difference: number): { before: Given[]; after: Given[] } {
  const before: Given[] = [];
  const after: Given[] = [];
  const raise =
    (list: Given[], given: Given): OnMatch =>
    () =>
      list.push(given);
  let current: OnMatch = () => {};
  const cutOff = new CutOff((...words) => current(...words));
  cutOff.endSoon(START, BEFORE);
  for (const given of events) {
    current = raise(before, given);
    cutOff.onMatch(rules, given.rule ?? 0, eventOf(given));
  }
  const taken = JSON.parse(JSON.stringify(cutOff.taken));
  const match = matchAfter(taken, AFTER, (...words) => current(...words));
  for (const given of events) {
    current = raise(after, given);
    match(rules, given.rule ?? 0, eventOf({ ...given, time: given.time + AFTER - BEFORE + difference }));
  }
  return { before, after };
}

/** Events of a thread at equal intervals, for equal periods before and after the end. */
const series = (interval: number, tid = 1): Given[] =>
  Array.from({ length: Math.floor((2 * AHEAD * MS) / interval) }, (_, i) => ({ time: START + i * interval, tid }));

describe("an event raises an alert in exactly one process", () => {
  test.each([
    ["equal times", 0, 5_000],
    ["later times", 2_000, 5_000],
    ["earlier times", -2_000, 5_000],
    ["much later times", 5 * MS, 10 * MS],
    ["much earlier times", -5 * MS, 11 * MS],
  ])("with %s in the new process", (_, difference, shortest) => {
    for (const interval of [shortest, 3 * shortest, 12.7 * MS, 31 * MS]) {
      const events = series(interval);
      const { before, after } = takeOver(events, difference);
      expect(before.length + after.length).toBe(events.length);
      expect(before.length).toBeGreaterThan(0);
      expect(after.length).toBeGreaterThan(0);
    }
  });

  test("with bursts of several threads", () => {
    const events = [1, 2, 3]
      .flatMap((tid) =>
        series(10 * MS, tid).flatMap((each) =>
          Array.from({ length: 20 }, (_, i) => ({ ...each, time: each.time + 900 * i })),
        ),
      )
      .sort((a, b) => a.time - b.time);
    const { before, after } = takeOver(events, 3_000);
    expect(new Set([...before, ...after]).size).toBe(events.length);
    expect(before.length + after.length).toBe(events.length);
  });
});

test("events of other threads, types and rules are not treated as the same event", () => {
  const at = END - MS;
  const match: number[] = [];
  const taken = { time: END, bootTime: 0, matches: [{ key: "1 7 first", time: at }] };
  const onMatch = matchAfter(taken, 0, (_, rule) => match.push(rule));
  onMatch(rules, 1, eventOf({ time: at }));
  onMatch(rules, 0, eventOf({ time: at, tid: 2 }));
  expect(match).toEqual([1, 0]);
  onMatch(rules, 0, eventOf({ time: at }));
  expect(match).toEqual([1, 0]);
  onMatch(rules, 0, eventOf({ time: at }));
  expect(match).toEqual([1, 0, 0]);
});

test("without an end, all matches are passed on", () => {
  let count = 0;
  const cutOff = new CutOff(() => count++);
  cutOff.onMatch(rules, 0, eventOf({ time: 9e18 }));
  expect([count, cutOff.taken]).toEqual([1, undefined]);
});
