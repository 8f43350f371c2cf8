import { Buffer } from "node:buffer";
import { repeat } from "./snappy.ts";

const MAGIC = 0x184d2204;
/** Flag bits of a frame. */
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
/** Marks an uncompressed block. */
const STORED = 0x8000_0000;
const KiB = 1024;
/** Maximum distance of references to earlier output, in bytes. */
const WINDOW = 64 * KiB;

/**
 * Decompresses an LZ4 frame. Checksums are ignored, because Kafka batches have their own checksums.
 * @param most maximum size of the result, in bytes
 * @throws RangeError if the frame is corrupted, is too large, or requires a dictionary
 */
export function unpackLz4(packed: Buffer, most: number): Buffer {
  if (packed.readUInt32LE(0) !== MAGIC) throw new RangeError("not an LZ4 frame");
  const flags = packed.readUInt8(4);
  if ((flags & DICTIONARY) !== 0) throw new RangeError("a dictionary is required");
  const largest = 256 * KiB * 4 ** (((packed.readUInt8(5) >> 4) & 7) - 5);
  let at = 7 + ((flags & CONTENT_SIZE) !== 0 ? 8 : 0);
  let out: Buffer = Buffer.alloc(0);
  for (;;) {
    const word = packed.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const length = word % STORED;
    const block = packed.subarray(at, at + length);
    if (block.length !== length) throw new RangeError("corrupted LZ4 data");
    at += length + ((flags & BLOCK_CHECKSUM) !== 0 ? 4 : 0);
    const fresh = word >= STORED ? block : unpackBlock(block, out.subarray(Math.max(0, out.length - WINDOW)), largest);
    if (out.length + fresh.length > most) throw new RangeError(`larger than ${most} bytes`);
    out = Buffer.concat([out, fresh]);
  }
  if ((flags & CONTENT_CHECKSUM) !== 0) packed.readUInt32LE(at);
  return out;
}

/** Decompresses a block, which may refer to the output before it. */
function unpackBlock(packed: Buffer, before: Buffer, largest: number): Buffer {
  const out = Buffer.allocUnsafe(before.length + largest);
  before.copy(out);
  let to = before.length;
  let at = 0;
  const more = (count: number): number => {
    if (count < 15) return count;
    let sum = count;
    for (;;) {
      const byte = packed.readUInt8(at++);
      sum += byte;
      if (byte < 255) return sum;
    }
  };
  while (at < packed.length) {
    const token = packed.readUInt8(at++);
    const literals = more(token >> 4);
    if (at + literals > packed.length || to + literals > out.length) throw new RangeError("corrupted LZ4 data");
    packed.copy(out, to, at, at + literals);
    at += literals;
    to += literals;
    if (at === packed.length) break; // the last sequence consists only of literals
    const back = packed.readUInt16LE(at);
    at += 2;
    to = repeat(out, to, back, more(token & 15) + 4);
  }
  return out.subarray(before.length, to);
}
