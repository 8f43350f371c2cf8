import { expect, test } from "vitest";
import { filterOf } from "./filter.ts";

const compile = (query: string) => filterOf({ query }, () => true);

test.each([
  ["[a-z ]{0,1000}".repeat(30), "can be at most 1000"],
  ["a{600}b{600,}", "can be at most 1000"],
  ["a".repeat(501), "can have at most 500 characters"],
])("a regular expression that would delay other requests is rejected: %s", (regex, message) => {
  expect(() => compile(`output regex "${regex}"`)).toThrow(message);
  expect(() => compile(`rule = x or not (output regex "${regex}")`)).toThrow(message);
});

test("ordinary regular expressions are accepted", () => {
  expect(() => compile('output regex "^[a-f0-9]{64}( [^ ]{1,100}){0,8}$"')).not.toThrow();
});
