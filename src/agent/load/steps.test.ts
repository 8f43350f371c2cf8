import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { load } from "./load.ts";
import { stepsOf } from "./steps.ts";

afterEach(() => void vi.useRealTimers());

test("work pauses after a step of two milliseconds, and continues after other work is done", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  let turns = 0;
  const pause = stepsOf(async () => {
    turns++;
    vi.advanceTimersByTime(50);
  });
  for (let i = 0; i < 3; i++) expect(pause()).toBeUndefined();
  vi.advanceTimersByTime(2);
  const waiting = pause();
  expect(waiting).toBeInstanceOf(Promise);
  await waiting;
  expect(turns).toBe(1);
  expect(pause()).toBeUndefined(); // a new step has started
});

test("while events arrive faster than they are evaluated, a pause lasts until they do not, and at most 30 ms", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  let turns = 0;
  let turnsBehind = 4;
  const turn = async (): Promise<void> => {
    turns++;
    vi.advanceTimersByTime(5);
  };
  const pause = stepsOf(turn, () => turns < turnsBehind);
  vi.advanceTimersByTime(2);
  await pause();
  expect(turns).toBe(4);
  turnsBehind = 100;
  vi.advanceTimersByTime(2);
  await pause();
  expect(turns).toBe(4 + 6);
});

test("loading can pause at each item, each macro and each rule, and at each comparison with the sensor, so that events are evaluated meanwhile", async () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-steps-"));
  const file = join(folder, "rules.yaml");
  const [rules, macros] = [300, 200];
  const text = [
    ...Array.from({ length: macros }, (_, i) => `- macro: m${i}\n  condition: proc.name = a${i}\n`),
    ...Array.from(
      { length: rules },
      (_, i) =>
        `- rule: r${i}\n  desc: d\n  condition: evt.type = open and m${i % macros}\n  output: x\n  priority: INFO\n`,
    ),
  ];
  writeFileSync(file, text.join(""));
  let pauses = 0;
  let turns = 0;
  const other = setInterval(() => turns++, 0);
  const loaded = await load(
    { rules: [file], option: ["journal.enabled=false"] },
    {
      pause() {
        pauses++;
        return new Promise((resolve) => setImmediate(resolve));
      },
    },
  );
  clearInterval(other);
  rmSync(folder, { recursive: true });
  expect(loaded.rules.ruleset.rules).toHaveLength(rules);
  // Loading pauses each time an item is parsed, read or compiled, and for rules also when system calls and gaps are
  // determined.
  expect(pauses).toBeGreaterThanOrEqual(3 * (rules + macros) + 2 * rules);
  expect(turns).toBeGreaterThan(1);
});
