/**
 * Characters that are invisible or change how other text looks: control characters, direction marks, zero-width
 * characters, line separators, tags, lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu;

/** Text as it is, or the escape of one unsafe character. */
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

/** Text with escapes, for attributes such as titles and labels. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** `\x1b`, `\u202e`, `\u{e0041}`: the escapes that `eyas` prints in a terminal. */
function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return code > 0xff ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`;
}
