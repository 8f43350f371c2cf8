import { expect, test } from "vitest";
import { alertOf } from "../../../../test/response/process.ts";
import { openBootTimes } from "./boot-times.ts";
import type { ProcessFacts } from "./proc.ts";
import { whyOther } from "./process.ts";

const SECOND = 1_000_000_000n;
const HOUR = 3600n * SECOND;
const FIRST = 1_785_000_000n * SECOND;

/** A process that started `seconds` after boot. */
function startedAt(seconds: number): ProcessFacts {
  const startTicks = BigInt(seconds * 100);
  return { pid: 4_194_303, name: "sleep", state: "S", parent: 1, isKernelThread: false, startTicks };
}

/** An alert about a process that started `seconds` after boot, an hour later, according to a clock. */
function about(seconds: number, boot: bigint) {
  const birth = boot + BigInt(seconds) * SECOND + 3_000_000n; // within a tick
  return alertOf({ "proc.pid": 4_194_303, "proc.pid.ts": String(birth) }, { time: birth + HOUR });
}

test.each([
  ["forward", HOUR],
  ["backward", -HOUR],
])("a process is recognized after the clock was set %s", (_, change) => {
  let boot = FIRST;
  const boots = openBootTimes(() => boot);
  expect(boots.read()).toEqual([FIRST]);
  const before = about(100, boot);
  boot += change;
  const after = about(5000, boot);
  const known = boots.read();
  expect(known).toEqual([FIRST, FIRST + change]);
  expect(whyOther(before, startedAt(100), known)).toBeUndefined();
  expect(whyOther(after, startedAt(5000), known)).toBeUndefined();
  const reason = "The clock was set, so it is unknown whether process 4194303 is the alert's process.";
  expect(whyOther(before, startedAt(9000), known)).toBe(reason);
  expect(whyOther(after, startedAt(9000), known)).toBe(reason);
});

test("a later process is not the alert's process if the clock was not set", () => {
  const boots = openBootTimes(() => FIRST);
  expect(whyOther(about(100, FIRST), startedAt(100), boots.read())).toBeUndefined();
  expect(whyOther(about(100, FIRST), startedAt(101), boots.read())).toBe(
    "Process 4194303 is not the alert's process, which has exited.",
  );
});

test("small differences between readings are not changes, and the number of changes is limited", () => {
  let boot = FIRST;
  const boots = openBootTimes(() => boot);
  boot += 5_000_000n;
  expect(boots.read()).toEqual([boot]);
  for (let i = 0; i < 500; i++) {
    boot += SECOND;
    boots.read();
  }
  expect(boots.read()).toHaveLength(100);
  expect(boots.read().at(-1)).toBe(boot);
});
