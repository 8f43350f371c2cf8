import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { byteString } from "../event/bytes.ts";
import { sha1 } from "./sha1.ts";

/** The hash that Node computes. */
function theirs(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}

function ours(bytes: Uint8Array): string {
  return Buffer.from(sha1(byteString(bytes, 0, bytes.length)), "latin1").toString("hex");
}

test("agrees with Node's for every length up to four blocks", () => {
  for (let length = 0; length <= 256; length++) {
    const bytes = randomBytes(length);
    expect(ours(bytes), `${length} bytes: ${bytes.toString("hex")}`).toBe(theirs(bytes));
  }
});

test("agrees with Node's for a long message", () => {
  const bytes = new Uint8Array(100_003).map((_, i) => i * 7);
  expect(ours(bytes)).toBe(theirs(bytes));
});
