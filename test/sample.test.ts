import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { sample } from "../src/agent/home.ts";
import { SYSCALL_ACTIONS } from "../src/drill/actions.ts";
import { checkActions, readAlerts } from "../src/drill/check.ts";

const home = join(import.meta.dirname, "..");
/** Maximum size in bytes, since the capture is part of every clone. */
const BYTES_AT_MOST = 1_500_000;

/** samples/README.md describes how to recreate both files. */
const recording = join(home, "samples/drill.scap.gz");
const rules = join(home, "rules/syscall.yaml");
const names = [...readFileSync(rules, "utf8").matchAll(/^- rule: (.*)$/gm)].map(([, name]) => name ?? "");
const golden = readFileSync(join(home, "samples/drill.alerts.jsonl"), "utf8").trim().split("\n");

describe("the sample capture", () => {
  let printed = "";

  beforeAll(() => {
    const words = ["replay", recording, "-r", rules, "--match", "all", "--json"];
    const { status, stdout, stderr } = spawnSync(join(home, "bin/eyas"), words, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    printed = stdout;
  });

  test("is the one that npm start replays, and is small", () => {
    expect(sample()).toBe(recording);
    expect(statSync(recording).size).toBeLessThan(BYTES_AT_MOST);
  });

  test("raises exactly the expected alerts with the stable rules, in order", () => {
    const alerts = printed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .map(({ time, priority, rule, output_fields: fields }) => ({
        time,
        priority,
        rule,
        command: fields["proc.cmdline"],
      }));
    expect(alerts).toEqual(golden.map((line) => JSON.parse(line)));
  });

  test("contains each of their drill actions once", () => {
    const actions = SYSCALL_ACTIONS.filter(({ rule }) => names.includes(rule));
    expect(checkActions(actions, readAlerts(printed)).filter(({ alerts }) => alerts !== 1)).toEqual([]);
  });

  test("matches each of them", () => {
    const fired = new Set(readAlerts(printed).map(({ rule }) => rule));
    expect(names.filter((name) => !fired.has(name))).toEqual([]);
  });
});
