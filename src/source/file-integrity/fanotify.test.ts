import { expect, test } from "vitest";
import { decodeEvents } from "./fanotify.ts";

/** A rename as reported by the kernel: f to g in one directory. */
const RENAME = Buffer.from(
  [
    `${"7400000003001800000000100000000000000000ffffffff51290000".slice(0, 16)}0000001000000000ffffffff51290000`,
    "0a00200078e652f6e7eaf18d0800000001000000" + "93e79c008df0e747" + "66000000",
    "0c00200078e652f6e7eaf18d0800000001000000" + "93e79c008df0e747" + "67000000",
    "01001c0078e652f6e7eaf18d0800000001000000" + "94e79c00d4e629b1",
  ].join(""),
  "hex",
);

test("a rename has the old and the new path, the object and the thread", () => {
  RENAME.writeUInt32LE(RENAME.length, 0);
  const directory = Buffer.from("0100000093e79c008df0e747", "hex").toString("latin1");
  expect(decodeEvents(RENAME)).toEqual([
    {
      mask: 0x1000_0000,
      tid: 0x2951,
      object: Buffer.from("0100000094e79c00d4e629b1", "hex").toString("latin1"),
      place: { directory, name: "f" },
      to: { directory, name: "g" },
    },
  ]);
});

test("events after truncated or damaged bytes are ignored", () => {
  for (let length = 0; length < RENAME.length; length++)
    expect(decodeEvents(RENAME.subarray(0, length)).length).toBe(0);
  for (let at = 0; at < RENAME.length; at++) {
    const damaged = Buffer.from(RENAME);
    damaged[at] = 0xff;
    expect(decodeEvents(damaged).length).toBeLessThanOrEqual(1);
  }
});
