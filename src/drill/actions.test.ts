import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DRILL_ACTIONS } from "./actions.ts";

const ruleFile = readFileSync(join(import.meta.dirname, "../../rules/syscall.yaml"), "utf8");
const rules = [...ruleFile.matchAll(/^- rule: (.+)$/gm)].map((match) => match[1]);

describe("the drill", () => {
  test("covers every default rule, and no other", () => {
    expect([...new Set(DRILL_ACTIONS.map((action) => action.rule))].sort()).toEqual([...rules].sort());
  });

  test("has unique action names", () => {
    expect(new Set(DRILL_ACTIONS.map((action) => action.name)).size).toBe(DRILL_ACTIONS.length);
  });
});
