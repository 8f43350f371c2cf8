import { expect, test } from "vitest";
import { nameTest } from "./name-pattern.ts";

test.each([
  ["kube-system", "kube-system", true],
  ["kube-system", "kube-systems", false],
  ["kube-*", "kube-", true],
  ["*-system", "kube-system", true],
  ["*-system", "kube-systems", false],
  ["a*a", "a", false],
  ["a*b*c", "a-b-bc", true],
  ["a*b*c", "a-c", false],
  ["*a*ab", "aab", true],
  ["*ab*ab", "aab", false],
  ["a.c", "abc", false],
  ["*", "a\nb", true],
  ["*", "", false],
])("the pattern %j and the name %j", (pattern, name, matches) => {
  expect(nameTest(["other", pattern])(name)).toBe(matches);
});

test("several wildcards take no longer for a long name", () => {
  const isNamed = nameTest(["*a*a*a*a*a*a*a*a*b"]);
  expect(isNamed("a".repeat(1_000_000))).toBe(false);
});
