import { expect, test } from "vitest";
import { contextAt } from "./yaml-context.ts";

const RULE = `- macro: opens
  condition: evt.type = open
- rule: One
  desc: >
    condition: not one
  condition: >
    opens and
    proc.name in (cat, ^
  output: "%proc.name"
  source: syscall
  exceptions:
    - name: a
      fields: [proc.name]
`;

/** Returns the context at the `^` in a text, which is removed. */
function contextIn(marked: string) {
  const offset = marked.indexOf("^");
  return contextAt(marked.replace("^", ""), offset);
}

test("a condition over several lines is one value; the item has its other keys", () => {
  expect(contextIn(RULE)).toEqual({
    item: "rule",
    keys: ["rule", "desc", "condition", "output", "source", "exceptions"],
    source: "syscall",
    path: ["condition"],
    isKey: false,
    before: ">\nopens and\nproc.name in (cat, ",
  });
});

test.each<[string, object]>([
  ["^", { item: undefined, path: [], isKey: true, before: "" }],
  ["- ^", { item: undefined, path: [], isKey: true, before: "" }],
  ["- ru^", { item: undefined, path: [], isKey: true, before: "ru" }],
  ["- rule: On^", { item: "rule", path: ["rule"], isKey: false, before: "On" }],
  ["- rule: One\n  ^", { item: "rule", keys: ["rule"], path: [], isKey: true }],
  ["- rule: One\n  pri^\n  output: x\n", { keys: ["rule", "output"], path: [], isKey: true, before: "pri" }],
  ["- rule: One\n  priority: W^", { path: ["priority"], isKey: false, before: "W" }],
  ["- rule: One\n  condition: a and b^", { path: ["condition"], isKey: false, before: "a and b" }],
  ["- rule: One\n  condition:\n    a and\n    b^", { path: ["condition"], isKey: false, before: "\na and\nb" }],
  ["- rule: One\n  condition: a\n  ^", { path: [], isKey: true }],
  ["- rule: One\n  output: x\n  tags: [a, ^", { path: ["tags"], isKey: false, before: "[a, " }],
  ["- rule: One\n  tags: [a,\n    b, ^", { path: ["tags"], isKey: false, before: "[a,\nb, " }],
  ["- list: l\n  items: [a, b^]\n", { item: "list", path: ["items"], isKey: false, before: "[a, b" }],
  ["- list: l\n  items:\n    - b^", { item: "list", path: ["items"], isKey: false }],
  ["- rule: One\n  exceptions:\n    - n^", { path: ["exceptions"], isKey: true, before: "n" }],
  ["- rule: One\n  exceptions:\n  - name: a\n    fi^", { path: ["exceptions"], isKey: true, before: "fi" }],
  ["- rule: One\n  exceptions:\n    - name: a\n      fields: [p^", { path: ["exceptions", "fields"], isKey: false }],
  ["- rule: One\n  override:\n    ^", { path: ["override"], isKey: true }],
  ["- rule: One\n  override: {condition: ^", { path: ["override"], isKey: false, before: "{condition: " }],
  ["- rule: One\n  override:\n    condition: a^", { path: ["override", "condition"], isKey: false, before: "a" }],
])("%j", (marked, expected) => {
  expect(contextIn(marked)).toMatchObject(expected);
});
