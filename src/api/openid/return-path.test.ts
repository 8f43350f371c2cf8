import { expect, test } from "vitest";
import { returnPath } from "./return-path.ts";

test("users return to the view in which they started to sign in", () => {
  for (const to of ["/", "/alerts", "/alerts/0198?since=2h&text=a%20b", "/rules/Shell%20in%20container"])
    expect(returnPath(to)).toBe(to);
});

test.each([
  "",
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "https://evil.example/alerts",
  "javascript:alert(1)",
  "/alerts/../..//evil.example",
  "/api/v1/session",
  "/x",
  `/alerts?text=${"a".repeat(2000)}`,
])("users do not return to %s", (to) => {
  expect(returnPath(to)).toBe("/");
});

test("control characters in a path are escaped", () => {
  expect(returnPath("/alerts/a\r\nset-cookie: x")).toBe("/alerts/aset-cookie:%20x");
  expect(returnPath("/alerts?a=\u202e")).toBe("/alerts?a=%E2%80%AE");
});
