/** A value of a SQLite record: `null`, integer, float, text or blob. Integers of 8 bytes are bigints. */
export type PageValue = null | number | bigint | string | Uint8Array;

/** A variable-length integer of 1 to 9 bytes, and the offset after it. */
export interface Varint {
  readonly value: number;
  readonly end: number;
}

/**
 * Reads a variable-length integer (SQLite file format, section 1.6). Values above 2^53 lose precision.
 * @throws RangeError if the integer extends beyond the page
 */
export function varint(bytes: Uint8Array, at: number): Varint {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = byteAt(bytes, at + i);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return { value: value * 256 + byteAt(bytes, at + 8), end: at + 9 };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Size of an integer in bytes, by its serial type. */
const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

/**
 * Reads the values of a record (section 2.1).
 * @throws RangeError if the bytes are not a record
 */
export function recordIn(payload: Uint8Array): PageValue[] {
  const head = varint(payload, 0);
  if (head.value > payload.length) throw new RangeError("the header of the record is longer than the record");
  const values: PageValue[] = [];
  let at = head.end;
  let body = head.value;
  while (at < head.value) {
    const type = varint(payload, at);
    at = type.end;
    const size = sizeOf(type.value);
    if (body + size > payload.length) throw new RangeError("a value exceeds the record");
    values.push(valueIn(payload, type.value, body, size));
    body += size;
  }
  if (body !== payload.length) throw new RangeError("the record has bytes after its values");
  return values;
}

function sizeOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  if (type === 7) return 8;
  if (type === 8 || type === 9) return 0;
  const size = INTEGER_BYTES[type];
  if (size === undefined) throw new RangeError(`unknown serial type ${type}`);
  return size;
}

function valueIn(bytes: Uint8Array, type: number, at: number, size: number): PageValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type >= 12) {
    const part = bytes.subarray(at, at + size);
    return type % 2 === 0 ? part : decoder.decode(part);
  }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + at, size);
  if (type === 7) return view.readDoubleBE();
  return size === 8 ? view.readBigInt64BE() : view.readIntBE(0, size);
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError("beyond the end of the page");
  return byte;
}
