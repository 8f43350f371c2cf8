import type { YamlNode, YamlScalar } from "./yaml.ts";

/** A rule file: its display name, and its text. */
export interface RuleFile {
  readonly name: string;
  readonly text: string;
  /**
   * The items that are skipped with a warning instead of rejecting the file: only changes of a rule that does not exist
   * (or no longer exists), or all items with an error.
   */
  readonly skips?: "unknown rules" | "invalid";
}

/** Line and column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** An offset in a rule file. Line and column are computed on demand. */
export class Location {
  readonly file: RuleFile;
  readonly offset: number;

  constructor(file: RuleFile, offset: number) {
    this.file = file;
    this.offset = offset;
  }

  position(): Position {
    return positionIn(this.file, this.offset);
  }
}

const lineStarts = new WeakMap<RuleFile, readonly number[]>();

/** Computes a position. The lines of a file are counted once for all its locations. */
function positionIn(file: RuleFile, offset: number): Position {
  const { text } = file;
  let starts = lineStarts.get(file);
  if (starts === undefined) {
    const found = [0];
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) found.push(at + 1);
    lineStarts.set(file, found);
    starts = found;
  }
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: Math.min(offset, text.length) - (starts[low] ?? 0) + 1 };
}

export function locationOf(file: RuleFile, node: YamlNode): Location {
  return new Location(file, node.start);
}

/** The location of character `offset` of a scalar's value. */
export function locationInScalar(file: RuleFile, scalar: YamlScalar, offset: number): Location {
  return new Location(file, sourceOffset(file.text, scalar, offset));
}

export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: Math.min(offset, text.length) - lineStart + 1 };
}

/**
 * The offset in the source of a character of the value. YAML changes only blanks (folding, indentation) and escapes, so
 * the n-th visible character of the value is the n-th visible character of the source.
 */
function sourceOffset(text: string, scalar: YamlScalar, offset: number): number {
  let visible = 0;
  for (let i = 0; i < offset && i < scalar.text.length; i++) if (!isBlank(scalar.text.charCodeAt(i))) visible++;
  let at = scalar.start;
  if (scalar.style === "block") at = text.indexOf("\n", at) + 1;
  else if (scalar.style === "single" || scalar.style === "double") at++;
  while (at < scalar.end) {
    const { length, count } = writtenAt(text, at, scalar.style);
    if (visible < count) return at;
    visible -= count;
    at += length;
  }
  return scalar.end > scalar.start ? lastVisible(text, scalar) : scalar.start;
}

/** Length of the next character or escape in the source, and the number of visible characters that it represents. */
function writtenAt(text: string, at: number, style: YamlScalar["style"]): { length: number; count: number } {
  const c = text.charCodeAt(at);
  if (isBlank(c)) return { length: 1, count: 0 };
  if (style === "single" && c === 0x27) return { length: 2, count: 1 };
  if (style !== "double" || c !== 0x5c) return { length: 1, count: 1 };
  const digits = HEX_DIGITS[text.charAt(at + 1)];
  if (digits === undefined) return { length: 2, count: /[nrtvf\s]/.test(text.charAt(at + 1)) ? 0 : 1 };
  const code = Number.parseInt(text.slice(at + 2, at + 2 + digits), 16);
  return { length: 2 + digits, count: isBlank(code) ? 0 : code > 0xffff ? 2 : 1 };
}

/** Number of hexadecimal digits after the letter of an escape in double quotes. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function lastVisible(text: string, scalar: YamlScalar): number {
  let at = scalar.end - 1;
  while (at > scalar.start && isBlank(text.charCodeAt(at))) at--;
  return at;
}

function isBlank(c: number): boolean {
  return c === 32 || (c >= 9 && c <= 13);
}
