import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { sample } from "../src/cli/home.ts";
import { DRILL_ACTIONS } from "../src/drill/actions.ts";
import { readAlerts, whichFired } from "../src/drill/check.ts";

const home = join(import.meta.dirname, "..");
/** What a newcomer downloads with every clone. */
const BYTES_AT_MOST = 1_500_000;

/** `samples/README.md` tells how both are made anew. */
const recording = join(home, "samples/drill.scap.gz");
const golden = readFileSync(join(home, "samples/drill.alerts.jsonl"), "utf8").trim().split("\n");

describe("the recording that comes with the program", () => {
  let printed = "";

  beforeAll(() => {
    const { status, stdout, stderr } = spawnSync(join(home, "bin/eyas"), ["replay", recording, "--json"], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    printed = stdout;
  });

  test("is the one that npm start shows, and small", () => {
    expect(sample()).toBe(recording);
    expect(statSync(recording).size).toBeLessThan(BYTES_AT_MOST);
  });

  test("replayed with the default rules gives exactly the alerts that are written down, in order", () => {
    const told = printed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .map(({ time, priority, rule, output_fields: fields }) => ({
        time,
        priority,
        rule,
        command: fields["proc.cmdline"],
      }));
    expect(told).toEqual(golden.map((line) => JSON.parse(line)));
  });

  test("shows each action of the drill once", () => {
    const verdicts = whichFired(DRILL_ACTIONS, readAlerts(printed));
    expect(verdicts.filter(({ alerts }) => alerts !== 1)).toEqual([]);
  });

  test("makes each default rule fire", () => {
    const rules = readFileSync(join(home, "rules/syscall.yaml"), "utf8").matchAll(/^- rule: (.*)$/gm);
    const fired = new Set(readAlerts(printed).map(({ rule }) => rule));
    expect([...rules].map(([, rule]) => rule).filter((rule) => rule !== undefined && !fired.has(rule))).toEqual([]);
  });
});
