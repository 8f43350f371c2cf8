import { Buffer } from "node:buffer";

/** Magic bytes at the start of a header in the Java framing format, and size of the header. */
const JAVA = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const JAVA_HEAD = 16;

/**
 * Decompresses Snappy data, raw or in the Java framing format.
 * @param most maximum size of the result, in bytes
 * @throws RangeError if the data is corrupted or too large
 */
export function unpackSnappy(packed: Buffer, most: number): Buffer {
  if (!packed.subarray(0, JAVA.length).equals(JAVA)) return unpackBlock(packed, most);
  const blocks: Buffer[] = [];
  let size = 0;
  for (let at = JAVA_HEAD; at < packed.length; ) {
    const length = packed.readUInt32BE(at);
    const block = unpackBlock(packed.subarray(at + 4, at + 4 + length), most - size);
    blocks.push(block);
    size += block.length;
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

function unpackBlock(packed: Buffer, most: number): Buffer {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = packed.readUInt8(at++);
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
    if (shift > 28) throw new RangeError("invalid length");
  }
  if (length > most) throw new RangeError(`larger than ${most} bytes`);
  const out = Buffer.allocUnsafe(length);
  let to = 0;
  while (at < packed.length) {
    const tag = packed.readUInt8(at++);
    const kind = tag & 3;
    if (kind === 0) {
      let count = (tag >> 2) + 1;
      if (count > 60) {
        const wide = count - 60;
        count = packed.readUIntLE(at, wide) + 1;
        at += wide;
      }
      if (at + count > packed.length || to + count > length) throw new RangeError("corrupted Snappy data");
      packed.copy(out, to, at, at + count);
      at += count;
      to += count;
    } else {
      const count = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      const back = kind === 1 ? ((tag >> 5) << 8) | packed.readUInt8(at) : packed.readUIntLE(at, kind === 2 ? 2 : 4);
      at += kind === 1 ? 1 : kind === 2 ? 2 : 4;
      to = repeat(out, to, back, count);
    }
  }
  if (to !== length) throw new RangeError("corrupted Snappy data");
  return out;
}

/** Copies earlier output. Source and destination may overlap. */
export function repeat(out: Buffer, to: number, back: number, count: number): number {
  if (back === 0 || back > to || to + count > out.length) throw new RangeError("corrupted Snappy data");
  for (let i = 0; i < count; i++) out[to + i] = out.readUInt8(to + i - back);
  return to + count;
}
