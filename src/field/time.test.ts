import { expect, test } from "vitest";
import { isoText } from "./time.ts";

test("the ISO text of a time does not depend on the times before it", () => {
  const times: readonly (readonly [bigint, string])[] = [
    [1_795_562_805_513_630_292n, "2026-11-24T23:26:45.513630292Z"],
    [1_795_562_805_000_000_000n, "2026-11-24T23:26:45.000000000Z"],
    [1_795_562_805_999_999_999n, "2026-11-24T23:26:45.999999999Z"],
    [1_795_562_806_000_000_001n, "2026-11-24T23:26:46.000000001Z"],
    [1_795_562_804_999_999_999n, "2026-11-24T23:26:44.999999999Z"],
    [0n, "1970-01-01T00:00:00.000000000Z"],
    [7n, "1970-01-01T00:00:00.000000007Z"],
  ];
  for (const [first] of times)
    for (const [time, text] of times) {
      isoText(first, "Z");
      expect(isoText(time, "Z")).toBe(text);
    }
});
