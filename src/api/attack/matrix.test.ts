import { expect, test } from "vitest";
import type { LoadedRule } from "../agent-view.ts";
import { coverageOf } from "./matrix.ts";

function rule(name: string, tags: readonly string[], enabled = true): LoadedRule {
  const position = { file: "rules.yaml", line: 1, description: "", yaml: "", condition: "", output: "" };
  return { ...position, name, tags, enabled, shadow: false, source: "syscall", priority: "Warning", exceptions: [] };
}

const rules = [
  rule("Shell", ["T1059.004", "mitre_execution"]),
  rule("Memory", ["T1620", "mitre_defense_evasion"]),
  rule("Cloud", ["T1530", "mitre_collection"]),
  rule("Tactic only", ["mitre_impact"]),
  rule("Disabled", ["T1111", "mitre_credential_access"], false),
];
const alerts = new Map<string | null, number>([
  ["Shell", 4],
  ["Disabled", 9],
]);

const found = (withGaps: boolean, tactic: string) =>
  coverageOf(rules, alerts, withGaps).tactics.find(({ name }) => name === tactic)?.techniques ?? [];

test("the rules of a sub-technique, and shared rules of another technique, cover a technique in each of its tactics", () => {
  expect(found(false, "Execution")).toEqual([
    { id: "T1059", name: "Command and Scripting Interpreter", rules: ["Shell"], fired: 4 },
    { id: "T1059.004", name: "Command and Scripting Interpreter: Unix Shell", rules: ["Shell"], fired: 4 },
    { id: "T1106", name: "Native API", rules: ["Memory"], fired: 0, as: "T1620" },
  ]);
});

test("techniques for other platforms, and tactics without a technique, are listed according to the tags of rules", () => {
  expect(found(false, "Collection")).toEqual([
    { id: "T1530", name: "Data from Cloud Storage", rules: ["Cloud"], fired: 0, other: true },
  ]);
  expect(found(false, "Impact")).toEqual([
    { id: "TA0040", name: "Impact", rules: ["Tactic only"], fired: 0, other: true },
  ]);
});

test("gaps are techniques without an enabled rule, with the reason why no default rule detects them", () => {
  expect(found(false, "Credential Access")).toEqual([]);
  const gap = found(true, "Credential Access").find(({ id }) => id === "T1111");
  expect(gap).toMatchObject({ rules: [], fired: 0, reason: expect.any(Number) });
  expect(coverageOf(rules, alerts, true).reasons[gap?.reason ?? -1]).toMatch(/display server/);
  const techniques = coverageOf(rules, alerts, true).tactics.flatMap((tactic) => tactic.techniques);
  expect(new Set(techniques.map(({ id }) => id)).size).toBe(367 + 2);
  expect(coverageOf(rules, alerts, false).reasons).toEqual([]);
});
