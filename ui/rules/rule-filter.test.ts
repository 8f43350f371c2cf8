import { describe, expect, test } from "vitest";
import type { RuleRow } from "../../src/api/schemas/rule.ts";
import { addressOf, filteredRules, ruleFilterOf, sortedBy } from "./rule-filter.ts";

function rule(name: string, more: Partial<RuleRow> = {}): RuleRow {
  const { priority = "Notice", hits = 0, lastHit = null, tags = [] } = more;
  const common = {
    name,
    source: "syscall",
    enabled: true,
    shadow: false,
    file: "rules.yaml",
    line: 1,
    description: "",
  };
  return { ...common, ...more, priority, hits, lastHit, tags };
}

const rules = [
  rule("Shell", { hits: 3, lastHit: "2026-01-02T00:00:00Z", nanoseconds: 40, tags: ["T1059"] }),
  rule("Audit", { source: "k8s_audit", priority: "Critical", description: "a pod's SHELL" }),
  rule("Off", { enabled: false, nanoseconds: 10, hits: 1, lastHit: "2026-01-01T00:00:00Z" }),
];

const names = (query: string): string[] =>
  filteredRules(rules, ruleFilterOf(new URLSearchParams(query))).map(({ name }) => name);

describe("rules are filtered", () => {
  test.each<[string, string[]]>([
    ["", ["Audit", "Off", "Shell"]],
    ["text=shell", ["Audit", "Shell"]],
    ["text=shell+pod", ["Audit"]],
    ["text=t1059", ["Shell"]],
    ["source=k8s_audit", ["Audit"]],
    ["tag=T1059", ["Shell"]],
    ["state=disabled", ["Off"]],
    ["state=fired", ["Off", "Shell"]],
    ["state=silent", ["Audit"]],
    ["state=nonsense", ["Audit", "Off", "Shell"]],
    ["order=hits&descending", ["Shell", "Off", "Audit"]],
    ["order=lastHit", ["Off", "Shell", "Audit"]],
    ["order=lastHit&descending", ["Shell", "Off", "Audit"]],
    ["order=nanoseconds", ["Off", "Shell", "Audit"]],
    ["order=priority", ["Audit", "Off", "Shell"]],
    ["order=constructor", ["Audit", "Off", "Shell"]],
  ])("by %j", (query, expected) => {
    expect(names(query)).toEqual(expected);
  });
});

test("a filter round-trips through its URL", () => {
  const filter = ruleFilterOf(new URLSearchParams("text=a b&tag=x&state=fired&order=hits&descending"));
  expect(ruleFilterOf(new URL(addressOf(filter), "http://x").searchParams)).toEqual(filter);
  expect(addressOf(ruleFilterOf(new URLSearchParams()))).toBe("/rules");
});

test("a column is sorted in its default order first, then reversed", () => {
  const plain = ruleFilterOf(new URLSearchParams());
  expect(sortedBy(plain, "name").descending).toBe(true);
  expect(sortedBy(plain, "hits")).toMatchObject({ order: "hits", descending: true });
  expect(sortedBy(sortedBy(plain, "hits"), "hits")).toMatchObject({ order: "hits", descending: false });
});
