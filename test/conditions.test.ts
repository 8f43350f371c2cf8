import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadFiles } from "../src/agent/load/ready-rules.ts";
import { evaluate } from "../src/condition/evaluate.ts";
import { loadConfig } from "../src/config/load.ts";
import { Engine } from "../src/engine/engine.ts";
import { EventCode } from "../src/event/code.ts";
import { Machine } from "../src/machine/machine.ts";
import type { Observed } from "../src/machine/observed.ts";
import { buildRuleset, type LoadedRule } from "../src/rule/ruleset.ts";
import { openCapture } from "../src/source/capture/source.ts";
import { needs } from "./parts/needs.ts";

/**
 * Conditions on captures, with the results of another engine: rejected conditions, and matching events of the other
 * conditions.
 */
const shared = join(process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../shared"), "conformance");

interface Case {
  readonly condition: string;
  readonly valid: boolean;
  readonly sha?: string;
}

/** Intentional differences, explained in docs/compatibility.md. */
const KNOWN = /proc\.a(?:name|exe|exepath|cmdline|env|pid) (?:\S+ (?:anyof|oneof|allof)|in|intersects) \(/;

const { config } = await loadConfig(undefined, []);

function casesOf(name: string): Case[] {
  const text = gunzipSync(readFileSync(join(shared, "conditions", `dev-${name}.jsonl.gz`))).toString();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Case => JSON.parse(line));
}

/** Loads each condition as a rule, named by its position. */
async function load(cases: readonly Case[]): Promise<{ rules: readonly LoadedRule[]; refused: ReadonlySet<number> }> {
  const items = cases.map(({ condition }, i) => ({
    rule: `${i}`,
    desc: "a condition",
    condition,
    output: "%evt.num",
    priority: "DEBUG",
    warn_evttypes: false,
  }));
  const { rules, results } = await loadFiles([{ name: "conditions", text: JSON.stringify(items) }], config, "all");
  return { rules, refused: new Set(results.flatMap(({ errors }) => errors.map(({ rule }) => Number(rule)))) };
}

/** Evaluates rules on a capture. Calls `see` with the indexes of the matching rules for each event. */
function run(capture: string, rules: readonly LoadedRule[], see: (event: Observed, held: readonly number[]) => void) {
  const ruleset = buildRuleset(rules, "all");
  const source = openCapture(join(shared, "traces", capture));
  const match = (event: Observed): readonly number[] => {
    see(event, ruleset.match(event));
    return [];
  };
  new Engine(source, new Machine(), { ...ruleset, match }, () => {}).drain();
  source.close();
}

describe("conditions evaluated by another engine", needs("shared conditions"), () => {
  test.each(["attack-cut", "cat_write", "connect_localhost", "curl", "ipv6", "privileged"])(
    "%s: the same conditions are rejected",
    async (name) => {
      const cases = casesOf(name);
      const { refused } = await load(cases);
      expect(cases.filter(({ valid }, i) => refused.has(i) === valid)).toEqual([]);
    },
  );

  test.each([
    ["cat_write", "cat_write.scap"],
    ["connect_localhost", "connect_localhost.scap"],
    ["curl", "curl_google.scap"],
    ["ipv6", "test_ipv6_client.scap"],
    ["privileged", "privileged.scap"],
  ])("%s: the other conditions match the same events", async (name, capture) => {
    const cases = casesOf(name).filter(({ valid, sha }) => valid && sha !== undefined);
    const { rules } = await load(cases);
    const events = cases.map((): number[] => []);
    run(capture, rules, (event, held) => {
      for (const index of held) events[index]!.push(event.num);
    });
    const differ = cases.filter(({ sha, condition }, i) => {
      const mine = createHash("sha256").update(events[i]!.join()).digest("hex").slice(0, 16);
      return mine !== sha && !KNOWN.test(condition);
    });
    expect(differ).toEqual([]);
  });

  test("generated functions have the same results as an evaluation of the conditions node by node", async () => {
    const { rules } = await load(casesOf("cat_write").filter(({ valid }) => valid));
    let held = 0;
    run("cat_write.scap", rules, (event, indices) => {
      const direct = rules.flatMap(({ bound: { condition, codes } }, i) => {
        const sees = codes.has(event.type) || event.type === EventCode.ASYNCEVENT_E;
        return sees && evaluate(condition, event) ? [i] : [];
      });
      expect([...indices]).toEqual(direct);
      held += direct.length;
    });
    expect(held).toBeGreaterThan(1000);
  });
});
