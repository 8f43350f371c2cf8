/**
 * What a browser would obey instead of show, or what makes text look like another one: control characters, marks that
 * turn the direction of writing, characters without width, line separators, tags, halves of pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu;

/** A stretch of text as it is, or the visible stand-in of one hostile character. */
export interface Piece {
  readonly text: string;
  readonly escaped: boolean;
}

/** A text in pieces that are safe to show. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(UNSAFE)) {
    if (match.index > from) found.push({ text: text.slice(from, match.index), escaped: false });
    found.push({ text: escapeOf(match[0]), escaped: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from), escaped: false });
  return found;
}

/** The same as one text: for titles and labels, which hold no elements. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** `\x1b`, `\u202e`, `\u{e0041}`: as `eyas` writes them in a terminal, in characters that every font has. */
function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`;
}
