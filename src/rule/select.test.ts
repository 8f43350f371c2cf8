import { expect, it } from "vitest";
import { selectRules } from "./select.ts";
import { matchesWildcard } from "./wildcard.ts";

const rule = (name: string, tags: string[] = [], enabled = true) => ({ name, tags, enabled });
const names = (rules: readonly { name: string }[]) => rules.map(({ name }) => name);

it("treats only a star as a wildcard", () => {
  expect(matchesWildcard("*", "")).toBe(true);
  expect(matchesWildcard("open*cat", "open_from_cat")).toBe(true);
  expect(matchesWildcard("*a*b*", "xaxbx")).toBe(true);
  expect(matchesWildcard("*.yaml", "a.yaml.yaml")).toBe(true);
  expect(matchesWildcard("aba*aba", "aba")).toBe(false);
  expect(matchesWildcard("open.*", "open_from_cat")).toBe(false);
  expect(matchesWildcard("open_from", "open_from_cat")).toBe(false);
});

it("applies selections in their order", () => {
  const rules = [rule("a", ["x"]), rule("b", ["y"]), rule("c", ["x", "y"])];
  const selections = [
    { action: "disable", rule: "*", tag: undefined },
    { action: "enable", rule: undefined, tag: "y" },
    { action: "disable", rule: "c", tag: undefined },
  ] as const;
  expect(names(selectRules(rules, selections).enabled)).toEqual(["b"]);
});

it("puts rules that a selection enables after rules that were already enabled", () => {
  const rules = [rule("a", [], false), rule("b"), rule("c")];
  const { enabled } = selectRules(rules, [{ action: "enable", rule: "*", tag: undefined }]);
  expect(names(enabled)).toEqual(["b", "c", "a"]);
});

it("neither enables nor disables shadow rules, and the last selection of a rule applies", () => {
  const rules = [rule("a", ["x"]), rule("b", ["x"], false), rule("c", ["x"]), rule("d")];
  const selections = [
    { action: "shadow", rule: undefined, tag: "x" },
    { action: "enable", rule: "a", tag: undefined },
    { action: "disable", rule: "c", tag: undefined },
  ] as const;
  const { enabled, shadow } = selectRules(rules, selections);
  expect(names(enabled)).toEqual(["d", "a"]);
  expect(names(shadow)).toEqual(["b"]);
});
