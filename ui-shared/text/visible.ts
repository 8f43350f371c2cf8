/**
 * Characters that are invisible or change how text is displayed, such as control characters, direction marks,
 * zero-width characters, line separators, tags, lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu;

/** A piece of text without changes, or the escape of an unsafe character. */
export interface Piece {
  readonly text: string;
  readonly escaped: boolean;
}

/** Splits text into pieces that are safe to show. */
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

/** Returns a string with escapes, for attributes such as titles and labels. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** Returns an escape as `eyas` prints it in a terminal, such as `\x1b`, `\u202e` or `\u{e0041}`. */
function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`;
}
