import { describe, expect, it } from "vitest";
import { byteString, byteStringToNul, bytesOf, fromByteString, toByteString } from "./bytes.ts";

describe("byte strings", () => {
  const all = Uint8Array.from({ length: 10_000 }, (_, i) => i % 256);

  it("keep every byte of short, long and very long texts", () => {
    for (const length of [0, 1, 6, 7, 300, 10_000]) {
      const text = byteString(all, 0, length);
      expect(text.length).toBe(length);
      expect(bytesOf(text)).toEqual(all.subarray(0, length));
    }
    expect(byteString(all, 65, 68)).toBe("ABC");
    expect(byteString(all, 65, 75)).toBe("ABCDEFGHIJ");
  });

  it("end at the first NUL if requested", () => {
    const bytes = Uint8Array.from([104, 105, 0, 120]);
    expect(byteStringToNul(bytes, 0, 4)).toBe("hi");
    expect(byteStringToNul(bytes, 0, 1)).toBe("h");
    expect(byteStringToNul(bytes, 3, 3)).toBe("");
  });

  it("are converted to UTF-8, with invalid bytes replaced", () => {
    expect(fromByteString(toByteString("/tmp/žluťoučký"))).toBe("/tmp/žluťoučký");
    expect(toByteString("ž")).toBe("\xc5\xbe");
    expect(fromByteString("a\xffb")).toBe("a\ufffdb");
  });
});
