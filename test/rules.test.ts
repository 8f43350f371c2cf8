import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { loadFiles, readyRules } from "../src/agent/load/ready-rules.ts";
import { readRuleFiles } from "../src/agent/load/rule-files.ts";
import type { Alert } from "../src/alert/alert.ts";
import { loadConfig } from "../src/config/load.ts";
import { Engine } from "../src/engine/engine.ts";
import { Machine } from "../src/machine/machine.ts";
import { openCapture } from "../src/source/capture/source.ts";
import { needs } from "./parts/needs.ts";

/** Rule files and captures, with the diagnostics and alerts of another engine. */
const shared = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../shared");
const folder = join(shared, "conformance");

interface Case {
  readonly id: string;
  readonly rules: readonly string[];
  readonly trace: string | null;
  readonly opts: readonly string[];
  readonly exit: number;
  readonly alerts: readonly { time: string; rule: string; output: string; output_fields: Record<string, unknown> }[];
  readonly check: readonly { file: string; ok: boolean; errors: string[]; warnings: string[] }[];
}

const zone = process.env.TZ;
afterEach(() => {
  process.env.TZ = zone;
});

const file = join(folder, "cases.jsonl");
const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
const cases = lines.filter((line) => line !== "").map((line): Case => JSON.parse(line));

describe("rule files loaded by another engine", needs("shared rule files"), () => {
  test.each(cases)("$id", async ({ rules, trace, opts, exit, alerts, check }) => {
    const paths = rules.map((rule) => join(folder, rule));
    const { config } = await loadConfig(
      undefined,
      opts.filter((word) => word !== "-o"),
    );
    const { files } = readRuleFiles(paths);
    const { results } = await loadFiles(files, config, "each");
    for (const wanted of check) {
      const result = results.find((one) => basename(one.file) === basename(wanted.file));
      expect(result?.ok).toBe(wanted.ok);
      expect(result?.warnings.map(({ code }) => code).sort()).toEqual(wanted.warnings);
      expect(result?.errors.map(({ code }) => code)).toEqual(expect.arrayContaining(wanted.errors));
    }
    if (exit !== 0) {
      await expect(readyRules(paths, config, "first", "vm")).rejects.toThrow();
      return;
    }
    if (trace === null) return;
    process.env.TZ = "UTC";
    const raised: Alert[] = [];
    const { ruleset, raise } = await readyRules(paths, config, "first", "vm");
    const source = openCapture(join(folder, "traces", trace));
    const engine = new Engine(source, new Machine(), ruleset, (rule, event) => raised.push(raise(rule, event)));
    engine.drain();
    source.close();
    expect(raised.map(({ json }) => JSON.parse(json))).toEqual(alerts);
    expect(engine.matches.reduce((sum, matches) => sum + matches, 0)).toBe(alerts.length);
  });
});
