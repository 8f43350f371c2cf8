import type { Document, Json } from "../../event/document.ts";
import { JsonTextError, parseJson } from "../../event/json-text.ts";
import type { Received } from "../feed.ts";
import { linesOf, type Reader } from "../reader.ts";
import type { Parts } from "../split.ts";
import { bytesOf } from "./bytes.ts";
import { type Line, linesIn } from "./lines.ts";

/** A part of a file that is not an event. */
export interface InvalidPart {
  /** Number of the line, from 1; undefined if the file is a single JSON value. */
  readonly line: number | undefined;
  /** Position among several events on the line or in the file, from 1; undefined if there is only one. */
  readonly part: number | undefined;
  /** Reason why the part is not an event, as a sentence without a period. */
  readonly message: string;
}

/** Maximum size of a file that is a single JSON value, and of a line, in bytes. */
const MAX_WHOLE = 1 << 28;

export interface DocumentFile {
  readonly path: string;
  readonly reader: Reader;
  /** Maximum size of an event, in bytes. */
  readonly most: number;
  readonly onInvalid: (mistake: InvalidPart) => void;
}

/**
 * Reads the events of a file: an event or a list of events as a single JSON value, or one such value per line.
 * @throws Error with the system's message if the file cannot be read
 */
export async function* documentsIn({
  path,
  reader,
  most,
  onInvalid,
}: DocumentFile): AsyncGenerator<readonly Document[]> {
  const decode = linesOf(reader, most);
  const received: Received = { time: BigInt(Date.now()) * 1_000_000n };

  function* ofLines(lines: Iterable<Line>): Generator<readonly Document[]> {
    const documents: Document[] = [];
    for (const { number, text } of lines) {
      if (text === undefined) {
        onInvalid({ line: number, part: undefined, message: `it is longer than ${MAX_WHOLE} bytes` });
        continue;
      }
      const parts = decode(text, received);
      for (const document of parts.documents) documents.push(document);
      report(parts, number);
    }
    if (documents.length > 0) yield documents;
  }

  function report({ documents, refused }: Parts, line: number | undefined): void {
    const alone = documents.length + refused.length === 1;
    for (const { part, message } of refused) onInvalid({ line, part: alone ? undefined : part, message });
  }

  const lines = linesIn(MAX_WHOLE);
  /** The first bytes, kept until it is known whether the file is a single JSON value. */
  let held: Buffer[] | undefined = reader.lines === undefined ? [] : undefined;
  let heldBytes = 0;
  for await (const chunk of bytesOf(path)) {
    if (held === undefined) {
      yield* ofLines(lines.push(chunk));
      continue;
    }
    held.push(chunk);
    heldBytes += chunk.length;
    const byLine = held.length === 1 && beginsWithText(chunk);
    if (!byLine && heldBytes <= MAX_WHOLE) continue;
    for (const each of held) yield* ofLines(lines.push(each));
    held = undefined;
  }
  if (held !== undefined) {
    const value = wholeText(Buffer.concat(held));
    if (value !== undefined) {
      const parts = reader.split(value, received, most);
      if (parts.documents.length > 0) yield parts.documents;
      report(parts, undefined);
      return;
    }
    for (const each of held) yield* ofLines(lines.push(each));
  }
  yield* ofLines(lines.end());
}

/** Whether the first non-empty line is a complete JSON value. */
function beginsWithText(bytes: Uint8Array): boolean {
  for (const { text } of linesIn(MAX_WHOLE).push(bytes)) {
    if (text !== undefined) return wholeText(text) !== undefined;
  }
  return false;
}

function wholeText(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}
