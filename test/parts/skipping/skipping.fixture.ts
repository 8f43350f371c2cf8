import { existsSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { needs } from "../needs.ts";

// In that run, EYAS_SHARED is not a directory.
describe("with the reference data", needs("shared"), () => {
  test("is skipped, which is allowed", () => {});
  test("is skipped too", needs("openssl"), () => {});
});
test("runs", needs("openssl"), () => {});
test("skips itself", ({ skip }) => {
  if (process.env.SKIP_ITSELF) skip("by request");
});
describe("a suite", () => {
  beforeAll(() => {
    if (process.env.FAIL_BEFORE) throw new Error("no server started");
  });
  test("runs if its setup succeeds", () => {});
});
test("passes in the second run", () => {
  const file = process.env.FLAKY;
  if (file === undefined) return;
  const isFirst = !existsSync(file);
  writeFileSync(file, "");
  expect(isFirst).toBe(false);
});
test("fails in every run", () => {
  expect(process.env.FAIL).toBeUndefined();
});
