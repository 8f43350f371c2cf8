import { eastAsianWidth } from "get-east-asian-width";

/** Characters that do not advance the cursor: they combine with the character before them. */
const COMBINING = /^[\p{Mn}\p{Me}]$/u;
/** Selects the presentation of the previous character as an emoji, which is two columns wide. */
const EMOJI_PRESENTATION = "\ufe0f";
const ASCII = /^[\x20-\x7e]*$/;

/**
 * The number of columns that text occupies in a terminal. Control characters must be escaped first
 * (src/telemetry/visible.ts).
 */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  let last = 0;
  for (const character of text) {
    const own = characterWidth(character, last);
    width += own;
    if (own > 0) last = own;
  }
  return width;
}

/** @param last width of the previous character that is not combining */
function characterWidth(character: string, last: number): number {
  if (character === EMOJI_PRESENTATION) return last === 1 ? 1 : 0;
  if (COMBINING.test(character)) return 0;
  return eastAsianWidth(character.codePointAt(0) ?? 0);
}

/** Splits text after at most `columns` columns, but at least one character. */
function splitAt(text: string, columns: number): readonly [head: string, rest: string] {
  let width = 0;
  let last = 0;
  let at = 0;
  for (const character of text) {
    const own = characterWidth(character, last);
    if (at > 0 && width + own > columns) break;
    width += own;
    if (own > 0) last = own;
    at += character.length;
  }
  return [text.slice(0, at), text.slice(at)];
}

/** Truncates text to a number of columns. Truncated text ends with an ellipsis. */
export function truncated(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  return columns <= 1 ? "…" : `${splitAt(text, columns - 1)[0]}…`;
}

/** Truncates text to a number of columns, or pads it with spaces. */
export function padded(text: string, columns: number): string {
  const shown = truncated(text, columns);
  return shown + " ".repeat(Math.max(0, columns - textWidth(shown)));
}

/**
 * Wraps text at spaces to lines of at most `columns` columns. Longer words are split.
 * @param first width of the first line
 */
export function wrapped(text: string, columns: number, first = columns): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  let width = 0;
  const room = (): number => (lines.length === 0 ? first : columns);
  for (const word of text.split(" ")) {
    let rest = word;
    let more = textWidth(rest);
    if (line !== undefined && width + 1 + more > room()) {
      lines.push(line);
      line = undefined;
    }
    while (line === undefined && more > room()) {
      const [head, tail] = splitAt(rest, room());
      if (tail === "") break; // a single character that is wider than the line
      lines.push(head);
      rest = tail;
      more -= textWidth(head); // measuring the rest for each line would take quadratic time
    }
    width = line === undefined ? more : width + 1 + more;
    line = line === undefined ? rest : `${line} ${rest}`;
  }
  return [...lines, line ?? ""];
}

/** Returns the width of a terminal in columns; undefined if it is unknown or the stream is not a terminal. */
export function widthOf({ isTTY, columns }: Pick<NodeJS.WriteStream, "isTTY" | "columns">): number | undefined {
  // Terminals without a size, such as a serial console, have 0 columns.
  return isTTY && columns > 0 ? columns : undefined;
}
