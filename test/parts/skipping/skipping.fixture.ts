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
let runs = 0;
test.each(["1", "2", "3", "4"])("passes when it runs again, %s", (number) => {
  if (number <= (process.env.FLAKY ?? "")) expect(++runs % 2).toBe(0);
});
