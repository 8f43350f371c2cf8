import { expect, test } from "vitest";
import { addressOf, postureFilterOf } from "./posture-filter.ts";

test("a filter round-trips through its URL", () => {
  const query = "kind=host-path&category=workload&severity=high&namespace=shop&text=a+%26+b";
  const filter = postureFilterOf(new URLSearchParams(query));
  expect(addressOf(filter)).toBe(`/posture?${query}`);
  expect(addressOf(postureFilterOf(new URLSearchParams()))).toBe("/posture");
});

test("invalid values in the URL match all findings", () => {
  const filter = postureFilterOf(new URLSearchParams("kind=constructor&category=x&severity=loud"));
  expect(addressOf(filter)).toBe("/posture");
  expect(postureFilterOf(new URLSearchParams({ text: "x".repeat(1000) })).text).toHaveLength(300);
});
