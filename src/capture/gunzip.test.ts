import { constants, crc32 as crcOfZlib, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { seeded } from "../../test/damaged/random.ts";
import { presentCapture } from "../../test/damaged/samples.ts";
import { crc32 } from "./crc32.ts";
import { Gunzip } from "./gunzip.ts";

/** Inflates `bytes` in chunks of random sizes. @returns the output, and the error, if any */
function inflate(bytes: Uint8Array, most: number, seed = 1): { readonly out: Buffer; readonly failure: string } {
  const random = seeded(seed);
  const given: Uint8Array[] = [];
  const gunzip = new Gunzip((part) => void given.push(part));
  let failure = "";
  try {
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random.below(most);
      gunzip.push(bytes.subarray(at, at + size));
      at += size;
    }
    gunzip.end();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  return { out: Buffer.concat(given), failure };
}

function noise(size: number): Buffer {
  const random = seeded(9);
  return Buffer.from(Array.from({ length: size }, () => random.below(256)));
}

const texts: readonly (readonly [string, Buffer])[] = [
  ["nothing", Buffer.alloc(0)],
  ["one byte", Buffer.from("x")],
  ["a capture", Buffer.from(presentCapture(seeded(1), 2000))],
  ["a repeated letter", Buffer.alloc(300_000, 97)],
  ["noise", noise(200_000)],
  ["words", Buffer.from(Array.from({ length: 60_000 }, (_, i) => `${i % 977} openat `).join(""))],
];

describe("inflating", () => {
  it.each(texts)("decompresses %s, for any compression level and chunk size", (_, bytes) => {
    for (const level of [0, 1, 6, 9]) {
      for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY]) {
        const zipped = gzipSync(bytes, { level, strategy });
        for (const most of [zipped.length, 3000, ...(zipped.length < 20_000 ? [3] : [])]) {
          const { out, failure } = inflate(zipped, most);
          expect(failure).toBe("");
          expect(out.equals(bytes)).toBe(true);
        }
      }
    }
  });

  it("reads several members, and ignores trailing data", () => {
    const capture = texts[2]![1];
    const words = texts[5]![1];
    const members = [capture, Buffer.alloc(0), words].map((bytes) => gzipSync(bytes));
    for (const tail of [Buffer.alloc(0), Buffer.alloc(700), Buffer.from("rubbish".repeat(50))]) {
      for (const most of [5000, 7]) {
        const { out, failure } = inflate(Buffer.concat([...members, tail]), most);
        expect(failure).toBe("");
        expect(out.equals(Buffer.concat([capture, words]))).toBe(true);
      }
    }
  });

  it("reads headers with optional fields", () => {
    const plain = gzipSync("hello");
    const head = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3]);
    const named = Buffer.concat([head, Buffer.from("name\0comment\0"), Buffer.from([1, 2]), plain.subarray(10)]);
    for (const most of [named.length, 1])
      expect(inflate(named, most)).toEqual({ out: Buffer.from("hello"), failure: "" });
  });

  it("returns the data before a truncation, and reports it", () => {
    const capture = texts[2]![1];
    const zipped = gzipSync(capture);
    for (let size = 0; size < zipped.length; size += 1 + (zipped.length >> 6)) {
      const { out, failure } = inflate(zipped.subarray(0, size), 1000);
      expect(failure).toBe("gzip: unexpected end of file");
      expect(out.equals(capture.subarray(0, out.length))).toBe(true);
      if (size > zipped.length / 2) expect(out.length).toBeGreaterThan(capture.length / 4);
    }
  });

  it("rejects data that is not gzip or is damaged", () => {
    expect(inflate(Buffer.from("hello, world"), 100).failure).toBe("gzip: the data is not in gzip format");
    const zipped = gzipSync(texts[5]![1]);
    zipped[zipped.length - 6]! ^= 1;
    expect(inflate(zipped, 100).failure).toBe("gzip: checksum mismatch");
    expect(inflate(Buffer.concat([Buffer.from([0x1f, 0x8b, 7]), Buffer.alloc(20)]), 5).failure).toMatch(
      /unknown compression method/,
    );
  });

  it("terminates on any input, and does not accept damaged input", () => {
    const random = seeded(3);
    const bytes = texts[2]![1].subarray(0, 20_000);
    const zipped = [gzipSync(bytes), gzipSync(bytes, { strategy: constants.Z_FIXED })];
    for (let i = 0; i < 600; i++) {
      const damaged = Buffer.from(zipped[i % 2]!);
      for (let k = random.below(3); k >= 0; k--)
        damaged[10 + random.below(damaged.length - 10)]! ^= 1 << random.below(8);
      const { out, failure } = inflate(damaged, 4000, i);
      if (failure === "") expect(out.equals(bytes)).toBe(true);
    }
  });
});

it("computes the same checksum as zlib", () => {
  const bytes = texts[2]![1];
  expect(crc32(bytes.subarray(100), crc32(bytes.subarray(0, 100)))).toBe(crcOfZlib(bytes));
});
