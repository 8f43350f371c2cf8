import { expect, test } from "vitest";
import { unpackLz4 } from "./lz4.ts";
import { unpackSnappy } from "./snappy.ts";

const MOST = 1000;
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

// Written manually from the format specifications: five literals, then a copy of seven bytes at distance five.
const snappy = hex("0c 10 6162636465 0d 05");
const lz4 = hex("04224d18 40 40 c0 0e000000 53 6162636465 0500 50 6666666666 00000000");

test("a copy may overlap with itself", () => {
  expect(unpackSnappy(snappy, MOST).toString()).toBe("abcdeabcdeab");
  expect(unpackLz4(lz4, MOST).toString()).toBe("abcdeabcdeabfffff");
});

test("the framing format of Java clients is supported", () => {
  const head = hex("82534e4150505900 00000001 00000001");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(snappy.length);
  expect(unpackSnappy(Buffer.concat([head, length, snappy, length, snappy]), MOST).toString()).toBe(
    "abcdeabcdeab".repeat(2),
  );
});

test("data that is corrupted or too large causes an error", () => {
  expect(() => unpackSnappy(snappy, 11)).toThrow(RangeError);
  expect(() => unpackLz4(lz4, 11)).toThrow(RangeError);
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (const [unpack, good] of [
    [unpackSnappy, snappy],
    [unpackLz4, lz4],
  ] as const)
    for (let i = 0; i < 20_000; i++) {
      const bad = Buffer.from(good.subarray(0, 1 + random(good.length)));
      bad[random(bad.length)] = random(256);
      try {
        expect(unpack(bad, MOST).length).toBeLessThanOrEqual(MOST);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
});
