import { digestOf, type ExceptionEntries, type ExceptionEntry } from "./entries.ts";
import type { PastChange } from "./history.ts";

const HEAD = "# Exceptions created in the web UI.\n";

/** The line break of a file: the line break after its first line. */
export function lineBreakOf(text: string): string {
  return /^[^\n]*\r\n/.test(text) ? "\r\n" : "\n";
}

/** A text with the line breaks of the file. */
export function inFile(text: string, part: string): string {
  return part.replaceAll("\r\n", "\n").replaceAll("\n", lineBreakOf(text));
}

/** Appends texts, each after a blank line. */
export function withAdded(text: string | undefined, blocks: readonly string[]): string {
  const base = text ?? HEAD;
  const end = lineBreakOf(base);
  const last = base === "" || base.endsWith("\n") ? "" : end;
  return base + last + blocks.map((block) => end + inFile(base, block) + end).join("");
}

/** Replaces an exception and its metadata. */
export function withReplaced(text: string, { start, end }: ExceptionEntry, block: string): string {
  return text.slice(0, start) + block + text.slice(end);
}

/** Removes an exception with its metadata, and the blank line above it if the page wrote the exception. */
export function withoutEntry(
  text: string,
  { start, end, metadata }: ExceptionEntry,
): { readonly text: string; readonly removed: string; readonly offset: number } {
  const line = lineBreakOf(text);
  const isSeparated = metadata !== undefined && text.slice(0, start).endsWith(line + line);
  const offset = isSeparated ? start - line.length : start;
  const after = text.startsWith("\r\n", end) ? end + 2 : text.startsWith("\n", end) ? end + 1 : end;
  return { text: text.slice(0, offset) + text.slice(after), removed: text.slice(offset, after), offset };
}

/**
 * Returns the offset at which to restore a removed text: its original position if the file is unchanged, otherwise the
 * exception that followed the text, otherwise the end of the file.
 */
export function insertedAt({ text, entries }: ExceptionEntries, { position }: PastChange): number {
  if (position === undefined) return text.length;
  if (position.offset <= text.length && digestOf(text) === position.digest) return position.offset;
  return entries.find(({ id }) => id === position.next)?.start ?? text.length;
}

/** Inserts a removed text. */
export function withInserted(text: string | undefined, removed: string, at: number): string {
  const base = text ?? "";
  const line = lineBreakOf(base);
  const before = base.slice(0, at);
  const after = base.slice(at);
  const start = before === "" || before.endsWith("\n") ? "" : line;
  const end = after === "" || removed.endsWith("\n") ? "" : line;
  return before + start + removed + end + after;
}
