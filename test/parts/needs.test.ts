import { describe, expect, test } from "vitest";
import { missingOf, needs } from "./needs.ts";

describe("a suite that needs root", needs("root"), () => {
  test("passes its parts to its tests", ({ task }) => {
    expect(process.getuid?.()).toBe(0);
    expect(task.meta.parts).toEqual(["root"]);
  });
  test("may leave parts to its tests", needs("openssl"), ({ task }) => {
    expect(task.meta.parts).toEqual(["openssl"]);
    expect(missingOf("openssl")).toBeUndefined();
  });
});
