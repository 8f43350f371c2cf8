import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { home, sample } from "../src/agent/home.ts";
import { compileRuleset } from "../src/condition/ruleset.ts";
import { Engine } from "../src/engine/engine.ts";
import { Machine } from "../src/machine/machine.ts";
import { openLanguages } from "../src/rule/languages.ts";
import { loadRules } from "../src/rule/load.ts";
import { buildRuleset, eventName } from "../src/rule/ruleset.ts";
import { openCapture } from "../src/source/capture/source.ts";
import { manyRules } from "./many-rules.ts";

const file = join(home, "rules/syscall.yaml");

/** Every third rule is an unchanged default rule, so that every match is surrounded by many other rules. */
const COUNT = 1500;

test("with many rules, an event matches the same rules as without an index", async () => {
  const many = manyRules([file], COUNT, (i) => i % 3 === 0);
  const languages = openLanguages({ printing: { base64Buffers: false } });
  const { rules, results } = await loadRules(
    [
      { name: file, text: readFileSync(file, "utf8") },
      { name: "many.yaml", text: many },
    ],
    languages.language,
    { sources: languages, extraOutputs: [], results: "all" },
  );
  expect(results.flatMap(({ errors }) => errors)).toEqual([]);
  const enabled = rules.filter(({ source, enabled }) => source === "syscall" && enabled);
  const ruleset = buildRuleset(enabled, "all");
  const conditions = enabled.map(({ bound: { condition, codes } }) => ({ condition, codes }));
  const plain = compileRuleset(conditions, { match: "all", index: "never", eventName });

  let matches = 0;
  const differences: string[] = [];
  const compared = {
    ...ruleset,
    match(event: Parameters<typeof ruleset.match>[0]) {
      const found = [...ruleset.match(event)];
      const expected = [...plain(event)];
      matches += expected.length;
      if (found.join() !== expected.join()) differences.push(`${event.num}: ${found} instead of ${expected}`);
      return found;
    },
  };
  new Engine(openCapture(sample() ?? ""), new Machine(), compared, () => {}).drain();
  expect(differences).toEqual([]);
  expect(matches).toBeGreaterThan(500);
});
