import type { YamlNode, YamlScalar } from "./yaml.ts";

/** A rule file: the name to show, and its text. */
export interface RuleFile {
  readonly name: string;
  readonly text: string;
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
  for (; at < scalar.end; at++) {
    const c = text.charCodeAt(at);
    if (isBlank(c)) continue;
    if (visible-- === 0) return at;
    const escaped = (scalar.style === "double" && c === 0x5c) || (scalar.style === "single" && c === 0x27);
    if (escaped) {
      at++;
      if (scalar.style === "double" && /[nrt]/.test(text.charAt(at))) visible++;
    }
  }
  return scalar.end > scalar.start ? lastVisible(text, scalar) : scalar.start;
}

function lastVisible(text: string, scalar: YamlScalar): number {
  let at = scalar.end - 1;
  while (at > scalar.start && isBlank(text.charCodeAt(at))) at--;
  return at;
}

function isBlank(c: number): boolean {
  return c === 32 || (c >= 9 && c <= 13);
}
