// Headers of RPM packages in version 4 of the format
// (https://rpm-software-management.github.io/rpm/manual/format_v4.html): an index of tags with their types, and the
// store with their values.

/** Types of values (include/rpm/rpmtag.h). */
const INT16 = 3;
const INT32 = 4;
const STRING = 6;
const BINARY = 7;
const STRING_ARRAY = 8;
const TRANSLATED = 9;

/** Tags of the regions: of the signature header, and of the main header. */
export const REGIONS = { signatures: 62, immutable: 63 } as const;

const MAGIC = Buffer.from("8eade80100000000", "hex");
const INDEX_ENTRY = 16;

/** A value of a tag. */
export interface Value {
  readonly type: number;
  /** Number of elements; of bytes for binary values. */
  readonly count: number;
  /** Alignment in the store, in bytes. */
  readonly alignment: number;
  readonly data: Buffer;
}

/** @throws if the text contains NUL, which ends a string */
export function string(text: string): Value {
  return { ...strings([text]), type: STRING };
}

export function strings(texts: readonly string[]): Value {
  const odd = texts.find((text) => text.includes("\0"));
  if (odd !== undefined) throw new Error(`A value of an RPM header contains NUL: ${JSON.stringify(odd)}.`);
  const data = Buffer.from(texts.map((text) => `${text}\0`).join(""));
  return { type: STRING_ARRAY, count: texts.length, alignment: 1, data };
}

/** Returns a text in each of the languages of the header; there is one, named "C". */
export function translated(text: string): Value {
  return { ...strings([text]), type: TRANSLATED };
}

/** @throws RangeError if a number does not fit in 16 bits */
export function int16(numbers: readonly number[]): Value {
  const data = Buffer.alloc(2 * numbers.length);
  for (const [at, number] of numbers.entries()) data.writeUInt16BE(number, 2 * at);
  return { type: INT16, count: numbers.length, alignment: 2, data };
}

/** @throws RangeError if a number does not fit in 32 bits */
export function int32(numbers: readonly number[]): Value {
  const data = Buffer.alloc(4 * numbers.length);
  for (const [at, number] of numbers.entries()) data.writeUInt32BE(number, 4 * at);
  return { type: INT32, count: numbers.length, alignment: 4, data };
}

/**
 * Builds a header. Its first tag is the region, whose value is the trailer of the store.
 * @param tags values by tag. Tags without elements are omitted, since rpm rejects them
 */
export function header(region: keyof typeof REGIONS, tags: ReadonlyMap<number, Value>): Buffer {
  const sorted = [...tags].filter(([, { count }]) => count > 0).sort(([a], [b]) => a - b);
  const entries: Buffer[] = [];
  const store: Buffer[] = [];
  let size = 0;
  for (const [tag, { type, count, alignment, data }] of sorted) {
    const gap = (alignment - (size % alignment)) % alignment;
    entries.push(words(tag, type, size + gap, count));
    store.push(Buffer.alloc(gap), data);
    size += gap + data.length;
  }
  const number = REGIONS[region];
  // The offset in the trailer is negative: from the trailer back to the first entry, in an index of this size.
  store.push(words(number, BINARY, -INDEX_ENTRY * (entries.length + 1), INDEX_ENTRY));
  entries.unshift(words(number, BINARY, size, INDEX_ENTRY));
  const preamble = Buffer.alloc(8);
  preamble.writeUInt32BE(entries.length, 0);
  preamble.writeUInt32BE(size + INDEX_ENTRY, 4);
  return Buffer.concat([MAGIC, preamble, ...entries, ...store]);
}

/** Returns an entry of an index. */
function words(...numbers: readonly [tag: number, type: number, offset: number, count: number]): Buffer {
  const entry = Buffer.alloc(INDEX_ENTRY);
  for (const [at, number] of numbers.entries()) entry.writeInt32BE(number, 4 * at);
  return entry;
}
