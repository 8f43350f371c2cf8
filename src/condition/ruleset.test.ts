import { expect, test, vi } from "vitest";
import { EventCode } from "../event/code.ts";
import { vocabulary } from "../field/catalogue.ts";
import type { Observed } from "../machine/observed.ts";
import { bind } from "./bind.ts";
import { parse } from "./parse.ts";
import { resolve } from "./resolve.ts";
import { compileRuleset } from "./ruleset.ts";

const words = vocabulary();
const none = new Map<string, never>();
const code = EventCode.EXECVE_19_X;
const codes = new Set([code]);

function conditionsOf(count: number, text: (i: number) => string) {
  return Array.from({ length: count }, (_, i) => ({
    condition: bind(resolve(parse(text(i)), none, none).condition, words).condition,
    codes,
  }));
}

test("an event is compared with few of 10,000 rules on other program names", () => {
  const conditions = conditionsOf(10_000, (i) => `proc.name = a${i} and not proc.name contains ${i}b`);
  const match = compileRuleset(conditions, { match: "all", eventName: () => "execve" });
  let reads = 0;
  const event = (comm: string) =>
    ({
      type: code,
      get thread() {
        reads++;
        return { comm };
      },
    }) as unknown as Observed; // the fields do not read anything else
  expect(match(event("none"))).toEqual([]);
  expect(reads).toBeLessThan(100);
  expect([...match(event("a77")), ...match(event("a9999"))]).toEqual([77, 9999]);
  expect(reads).toBeLessThan(300);
});

test("rules with a value in common are compiled in steps before the first event", () => {
  const conditions = conditionsOf(2000, (i) => `proc.name = sh and proc.pid > ${i}`);
  const match = compileRuleset(conditions, { match: "all", eventName: () => "execve" });
  const steps = [...match.prepare(code)].length;
  expect(steps).toBeGreaterThan(2 * (2000 / 128));
  const compiled = vi.spyOn(globalThis, "Function");
  const event = (pid: number) => ({ type: code, thread: { comm: "sh", pid } }) as unknown as Observed; // all that the fields read
  expect(match(event(0))).toEqual([]);
  expect(match(event(2))).toEqual([0, 1]);
  expect(compiled).not.toHaveBeenCalled();
  compiled.mockRestore();
});

test("rules that are each in many long lists are compiled a limited number of times before the first event", () => {
  const names = (i: number) => Array.from({ length: 100 }, (_, j) => `n${(i * 7 + j * 3) % 200}`).join();
  const conditions = conditionsOf(1000, (i) => `proc.name in (${names(i)}) and proc.pid > ${i}`);
  const match = compileRuleset(conditions, { match: "all", eventName: () => "execve" });
  expect([...match.prepare(code)].length).toBeLessThan(100); // with all 200 lists: 2,024
  const event = { type: code, thread: { comm: "n0", pid: 5000 } } as unknown as Observed; // all that the fields read
  expect(match(event)).toEqual(
    Array.from({ length: 1000 }, (_, i) => i).filter((i) => names(i).split(",").includes("n0")),
  );
});
