/** Base values and numbers of extra bits of length symbols 257–285 and distance symbols 0–29 (RFC 1951, 3.2.5). */
export const lengthBase = new Uint16Array(29);
export const lengthExtra = new Uint8Array(29);
export const distanceBase = new Uint16Array(30);
export const distanceExtra = new Uint8Array(30);

let length = 3;
for (let i = 0; i < 28; i++) {
  lengthBase[i] = length;
  lengthExtra[i] = i < 8 ? 0 : (i >> 2) - 1;
  length += 1 << lengthExtra[i]!;
}
lengthBase[28] = 258;

let distance = 1;
for (let i = 0; i < 30; i++) {
  distanceBase[i] = distance;
  distanceExtra[i] = i < 4 ? 0 : (i >> 1) - 1;
  distance += 1 << distanceExtra[i]!;
}

/** Order of the code length codes in a block (RFC 1951, 3.2.7). */
export const codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;

/**
 * Lookup table of a prefix code. The index is the next `bits` bits of the input. The value is `symbol << 4 | length`;
 * 0 for an invalid code.
 */
export interface Code {
  readonly bits: number;
  readonly entries: Uint16Array;
}

/**
 * Builds the prefix code with the given code lengths.
 * @returns undefined if the lengths are over-subscribed
 */
export function codeOf(lengths: Uint8Array): Code | undefined {
  const counts = new Uint16Array(16);
  let bits = 1;
  for (const size of lengths) {
    if (size === 0) continue;
    counts[size]!++;
    if (size > bits) bits = size;
  }
  const next = new Uint32Array(16);
  let code = 0;
  for (let size = 1; size < 16; size++) {
    code <<= 1;
    next[size] = code;
    code += counts[size]!;
    if (code > 1 << size) return undefined;
  }
  const entries = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const size = lengths[symbol]!;
    if (size === 0) continue;
    const step = 1 << size;
    for (let at = reversed(next[size]!++, size); at < entries.length; at += step) entries[at] = (symbol << 4) | size;
  }
  return { bits, entries };
}

function reversed(code: number, size: number): number {
  let result = 0;
  for (let i = 0; i < size; i++) result |= ((code >> i) & 1) << (size - 1 - i);
  return result;
}

const fixedLengths = new Uint8Array(288);
fixedLengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);

function known(lengths: Uint8Array): Code {
  const code = codeOf(lengths);
  if (code === undefined) throw new Error("Invalid code lengths.");
  return code;
}

/** The fixed codes (RFC 1951, 3.2.6). */
export const fixedSymbols: Code = known(fixedLengths);
export const fixedDistances: Code = known(new Uint8Array(30).fill(5));
