import { expect, test } from "vitest";
import { readChange } from "./read.ts";

test("a recorded change has its own time, and other documents are rejected", () => {
  const received = { time: 5n };
  const value = { change: "created", path: "/etc/x", time: "2026-11-27T08:00:00.000Z" };
  expect(readChange(value, received)).toEqual({ time: 1_795_766_400_000_000_000n, value });
  expect(readChange({ change: "created" }, received)).toMatchObject({ time: 5n });
  expect(readChange({ path: "/etc/x" }, received)).toMatchObject({ reason: "no_change" });
});
