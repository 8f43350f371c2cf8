import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DRILL_ACTIONS } from "./actions.ts";
import { UNDRILLED } from "./undrilled.ts";

const folder = join(import.meta.dirname, "../../rules");
const ruleFiles = readdirSync(folder).filter((name) => /(?<!\.test)\.yaml$/.test(name));
const rules = ruleFiles.flatMap((name) =>
  [...readFileSync(join(folder, name), "utf8").matchAll(/^- rule: (.+)$/gm)].map((match) => match[1] ?? ""),
);

describe("the drill", () => {
  test.each(rules)("has an action for the rule %s, or a reason why not", (rule) => {
    const drilled = DRILL_ACTIONS.some((action) => action.rule === rule);
    expect(drilled !== UNDRILLED.some((one) => one.rule === rule)).toBe(true);
  });

  test("names no other rule", () => {
    const named = [
      ...DRILL_ACTIONS.flatMap(({ rule, also = [] }) => [rule, ...also]),
      ...UNDRILLED.map(({ rule }) => rule),
    ];
    expect(named.filter((rule) => !rules.includes(rule))).toEqual([]);
  });

  test("has unique action names", () => {
    expect(new Set(DRILL_ACTIONS.map((action) => action.name)).size).toBe(DRILL_ACTIONS.length);
  });
});
