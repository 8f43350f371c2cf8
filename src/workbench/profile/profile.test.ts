import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { Engine } from "../../engine/engine.ts";
import { EVENT_TYPES } from "../../event/code.ts";
import { Machine } from "../../machine/machine.ts";
import { Observed } from "../../machine/observed.ts";
import { openCapture } from "../../source/capture/source.ts";
import { type Bench, loadBench } from "../bench.ts";
import { conditionTrees } from "../condition-tree.ts";
import type { TextStyle } from "../explain/text.ts";
import { evaluateAll, scriptedEvents } from "../test/case-events.ts";
import { rule } from "../test/run-tests.fixture.ts";
import { readTestFile } from "../test/test-file.ts";
import { profiler, type Timing } from "./profile.ts";
import { type Profile, profileOf } from "./report.ts";
import { Stopwatch } from "./stopwatch.ts";
import { profileText } from "./text.ts";

const root = join(import.meta.dirname, "../../..");
const shared = process.env.EYAS_SHARED ?? join(root, "../shared");
const capture = join(shared, "conformance/traces/attack.scap.gz");
const look: TextStyle = { width: 100, macros: false, paint: (_tone, text) => text };

async function benchOf(name: string, text: string): Promise<Bench> {
  const { bench, results } = await loadBench([{ name, text }]);
  if (bench === undefined) throw new Error(JSON.stringify(results));
  return bench;
}

/** A fake clock: every test takes 10 ns. After the first events of a type, every n-th event is measured. */
function tens(): Timing {
  let count = 0;
  return { time: () => 10, calibrate: () => undefined, oneIn: (n) => count++ % n === 0 };
}

/** Profiles rules on events in the syntax of rule tests. */
async function profiled(rules: string, events: readonly string[]): Promise<Profile> {
  const { ruleset, definitions } = await benchOf("r.yaml", rules);
  const { cases, faults } = await readTestFile({
    name: "t.yaml",
    text: `cases:\n  - name: it\n    silent: all\n    events:\n${events.map((event) => `      - {${event}}\n`).join("")}`,
  });
  expect(faults).toEqual([]);
  const profiling = profiler(ruleset, conditionTrees(definitions), tens());
  let count = 0;
  scriptedEvents(cases[0]!).evaluate(
    ruleset,
    () => undefined,
    (event) => {
      count++;
      profiling.look(event);
    },
  );
  return profileOf(profiling, count);
}

const RULES = `
- macro: opened
  condition: (evt.type in (open, openat) and fd.num >= 0)
${rule("one", "opened and fd.name = /etc/shadow and proc.name = cat")}${rule("two", "opened and not proc.name in (cat, dog)")}`;

const EVENTS = [
  "openat: {path: /etc/shadow, by: cat}",
  "openat: {path: /etc/shadow, by: tac}",
  "openat: {path: /etc/hosts, by: cat}",
  "connect: {to: '192.0.2.9:80', by: curl}",
];

const counted = (rows: Profile["lines"]) =>
  rows.map(({ name, line, asked, held, time }) => [name, line, asked, held, time]);

describe("a profile", () => {
  it("counts evaluations and matches of each test by position, over all rules", async () => {
    const { lines } = await profiled(RULES, EVENTS);
    expect(counted(lines)).toEqual([
      ["fd.num >= 0", 3, 6, 6, 60],
      ["fd.name = /etc/shadow", 6, 3, 2, 30],
      ["proc.name in (cat, dog)", 11, 3, 2, 30],
      ["proc.name = cat", 6, 2, 1, 20],
      ["evt.type in (open, openat)", 3, 6, 6, 0],
    ]);
    expect(lines[0]).toMatchObject({ file: "r.yaml", within: "opened" });
    expect(lines[3]).toMatchObject({ within: "one" });
  });

  it("sums the counters of each rule, and of each macro over all rules", async () => {
    const { rules, macros, time } = await profiled(RULES, EVENTS);
    expect(counted(rules)).toEqual([
      ["one", 4, 3, 1, 80],
      ["two", 9, 3, 1, 60],
    ]);
    expect(counted(macros)).toEqual([["opened", 3, 6, 6, 60]]);
    expect(time).toBe(140);
    expect(rules.map(({ share }) => share)).toEqual([80 / 140, 60 / 140]);
  });

  it("contains the cost of each event type, and the number of tests that the engine does not repeat", async () => {
    const { types, events, concerned, tests, repeated } = await profiled(RULES, EVENTS);
    expect(types.map(({ name, events: n, rules, tests: asked, time }) => [name, n, rules, asked, time])).toEqual([
      ["openat", 3, 6, 14, 140],
      ["connect", 1, 0, 0, 0],
    ]);
    expect({ events, concerned, tests, repeated }).toEqual({ events: 4, concerned: 3, tests: 14, repeated: 3 });
  });

  it("counts every event but measures only a sample of a frequent type", async () => {
    const many = Array.from({ length: 1000 }, (_, i) => EVENTS[i % 2]!);
    const { lines, types } = await profiled(rule("r", "evt.type = openat and proc.name = cat"), many);
    expect(counted(lines)).toEqual([
      ["proc.name = cat", 3, 1000, 500, 10_000],
      ["evt.type = openat", 3, 1000, 1000, 0],
    ]);
    expect(types[0]).toMatchObject({ events: 1000, time: 10_000 });
  });

  it("is printed with the most expensive lines first, wrapped at the width of the terminal", async () => {
    const profile = await profiled(RULES, EVENTS);
    const text = profileText(profile, 2, look);
    expect(text).toContain(
      [
        "Lines",
        "  SHARE    EACH      EVALS    TRUE  ",
        "   43 %   10 ns          6   100 %  fd.num >= 0",
        "                                    r.yaml:3, opened",
        "   21 %   10 ns          3    67 %  fd.name = /etc/shadow",
        "                                    r.yaml:6, one",
        "",
        "Rules",
      ].join("\n"),
    );
    expect(text).not.toContain("proc.name = cat");
    for (const line of profileText(profile, 9, { ...look, width: 45 }).split("\n")) {
      expect(line.length).toBeLessThanOrEqual(45);
    }
  });
});

describe("a stopwatch", () => {
  const event = new Observed(new Machine());

  it("measures a test without the cost of the call and of the clock", () => {
    let time = 0;
    const stopwatch = new Stopwatch(() => {
      time += 0.001; // a reading of the clock takes 1000 ns
      return time;
    });
    const test = (): boolean => {
      time += 0.0005;
      return true;
    };
    stopwatch.calibrate([test], event);
    expect(stopwatch.time(test, event)).toBeCloseTo(500, 3);
  });

  it("ignores interruptions", () => {
    let time = 0;
    let calls = 0;
    const stopwatch = new Stopwatch(() => time);
    const test = (): boolean => {
      calls++;
      time += calls === 3 ? 20 : 0.0005;
      return true;
    };
    expect(stopwatch.time(test, event)).toBeCloseTo(500, 3);
  });
});

describe("a profile of a capture", needs("shared captures"), () => {
  it("has the same matches as the engine, and consistent sums", async () => {
    const name = join(root, "rules/syscall.yaml");
    const { ruleset, definitions } = await benchOf(name, readFileSync(name, "utf8"));
    const source = openCapture(capture);
    const engine = new Engine(source, new Machine(), ruleset, () => {});
    engine.drain();
    source.close();

    const profiling = profiler(ruleset, conditionTrees(definitions));
    const match = (event: Observed): readonly number[] => {
      profiling.look(event);
      return [];
    };
    const all = { rules: [], wanted: new Uint8Array(EVENT_TYPES).fill(1), match };
    evaluateAll(openCapture(capture), new Machine(), all, () => undefined);
    const profile = profileOf(profiling, engine.events);
    const hits = new Map(profile.rules.map(({ name: of, held }) => [of, held]));
    expect(ruleset.rules.map((one) => hits.get(one.name))).toEqual([...engine.matches]);

    expect(profile.time).toBeGreaterThan(0);
    expect(profile.rules.reduce((sum, { time }) => sum + time, 0)).toBeCloseTo(
      profile.lines.reduce((sum, { time }) => sum + time, 0),
      -3,
    );
    const shares = profile.lines.reduce((sum, { share }) => sum + share, 0);
    // Lines and types are extrapolated independently, and a sample may have waited for the CPU.
    expect(shares).toBeGreaterThan(0.2);
    expect(shares).toBeLessThan(5);
    expect(profile.repeated / profile.tests).toBeGreaterThan(0.3);
  });
});
