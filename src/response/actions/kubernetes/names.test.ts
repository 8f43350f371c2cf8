import { expect, test } from "vitest";
import { isLabelName, isObjectName } from "./names.ts";

// The rules are those of IsDNS1123Label and IsDNS1123Subdomain in k8s.io/apimachinery/pkg/util/validation.
test("names of pods have up to 253 characters in parts of any length, and names of namespaces up to 63", () => {
  const names = ["a", "web-0.example", "a".repeat(64), `${"a".repeat(126)}.${"b".repeat(126)}`];
  for (const name of names) expect(isObjectName(name)).toBe(true);
  for (const name of ["", "a".repeat(254), "-a", "a-", "a..b", "a.", "A", "a/b", "a%2f", "..", "a\n"])
    expect(isObjectName(name)).toBe(false);
  expect(["a".repeat(63), "a".repeat(64), "a.b"].map(isLabelName)).toEqual([true, false, false]);
});
