import { beforeAll, describe, test } from "vitest";
import { needs } from "../needs.ts";

// EYAS_SHARED names no folder there.
describe("with the reference's data", needs("shared"), () => {
  test("is skipped, which is allowed", () => {});
  test("is skipped too", needs("openssl"), () => {});
});
test("runs", needs("openssl"), () => {});
test("skips itself", ({ skip }) => {
  if (process.env.SKIP_ITSELF) skip("it had enough");
});
describe("a suite", () => {
  beforeAll(() => {
    if (process.env.FAIL_BEFORE) throw new Error("no server came up");
  });
  test("runs where what comes before it succeeds", () => {});
});
