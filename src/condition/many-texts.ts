// Tests that compare a text with many strings. The cost is nearly independent of the number of strings.

type TextTest = (text: string) => boolean;

/** Returns a function that tests whether a string starts with one of many prefixes. */
export function prefixTest(prefixes: readonly string[]): TextTest {
  const sorted = withoutLonger([...prefixes].sort());
  if (sorted.length < 2) return (text) => sorted.length > 0 && text.startsWith(sorted[0]!);
  const common = commonPrefix(sorted[0]!, sorted.at(-1)!);
  const isNext = new Uint8Array(256);
  for (const prefix of sorted) isNext[prefix.charCodeAt(common.length)] = 1;
  return (text) => {
    // Comparing strings is slow, and most texts differ in the first bytes.
    if (isNext[text.charCodeAt(common.length)] !== 1 || !text.startsWith(common)) return false;
    // No prefix starts with another one, so only the last prefix that is equal to the text or sorts before it can
    // match.
    let from = 0;
    let to = sorted.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (sorted[middle]! <= text) from = middle + 1;
      else to = middle;
    }
    return from > 0 && text.startsWith(sorted[from - 1]!);
  };
}

function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

/** Removes prefixes that start with another one from sorted prefixes. */
function withoutLonger(sorted: readonly string[]): string[] {
  const kept: string[] = [];
  for (const prefix of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}

/** Mask of {@link endOf}. */
const END_MASK = 0x3ff;

/** Returns a hash of the last two bytes of a string. */
function endOf(text: string): number {
  return (text.charCodeAt(text.length - 1) ^ (text.charCodeAt(text.length - 2) << 5)) & END_MASK;
}

/** Returns a function that tests whether a string ends with one of many suffixes. */
export function suffixTest(suffixes: readonly string[]): TextTest {
  const lengths = [...Map.groupBy(new Set(suffixes), ({ length }) => length)].map(
    ([length, texts]) => [length, new Set(texts)] as const,
  );
  // The last two bytes of most texts are not the last two bytes of any suffix.
  const isEnd = new Uint8Array(END_MASK + 1);
  for (const suffix of suffixes) {
    if (suffix.length > 1) isEnd[endOf(suffix)] = 1;
    else for (let before = 0; before < 256; before++) isEnd[endOf(String.fromCharCode(before) + suffix)] = 1;
  }
  const isOne = new Set(suffixes.filter(({ length }) => length === 1));
  const matchesAll = suffixes.includes("");
  return (text) => {
    if (matchesAll) return true;
    if (text.length < 2) return isOne.has(text);
    if (isEnd[endOf(text)] !== 1) return false;
    for (let i = 0; i < lengths.length; i++) {
      const [length, texts] = lengths[i]!;
      if (text.length >= length && texts.has(text.slice(text.length - length))) return true;
    }
    return false;
  };
}

/** Minimum length of pieces that are looked up. */
export const SHORTEST_PIECE = 3;

/** Returns a function that tests whether a string contains one of many pieces. */
export function piecesTest(pieces: readonly string[]): TextTest {
  const short = pieces.filter(({ length }) => length < SHORTEST_PIECE);
  const long = pieces.filter(({ length }) => length >= SHORTEST_PIECE);
  const starts = new Map(
    [...Map.groupBy(long, (piece) => startAt(piece, 0))].map(([start, texts]) => [start, prefixTest(texts)] as const),
  );
  return (text) => {
    for (let i = 0; i < short.length; i++) if (text.includes(short[i]!)) return true;
    for (let at = 0; at <= text.length - SHORTEST_PIECE; at++) {
      const isThere = starts.get(startAt(text, at));
      if (isThere?.(text.slice(at))) return true;
    }
    return false;
  };
}

/** Returns the three bytes at a position of a byte string as one number. */
export function startAt(text: string, at: number): number {
  return (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2);
}
