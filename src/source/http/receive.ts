import type { Json } from "../../event/document.ts";
import { JsonTextError, parseJson } from "../../event/json-text.ts";
import { parsedSize } from "../../server/parsed-size.ts";
import { inSlices } from "../../server/slices.ts";
import { countAccepted, countRejected, type FeedCounts, type Received } from "../feed.ts";
import type { Intake } from "../inbox.ts";
import type { Reader } from "../reader.ts";
import type { Parts, RejectedPart, Split } from "../split.ts";

/** JSON media types: a single JSON value, or one per line. */
export const JSON_TYPES = ["application/json", "application/x-ndjson", "application/jsonl"] as const;

/** An HTTP response. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReceiveOptions {
  readonly split: Split;
  readonly parts?: Reader["parts"] | undefined;
  /** Maximum size of an event, in bytes. */
  readonly maxEvent: number;
  readonly intake: Intake;
  readonly counts: FeedCounts;
}

/**
 * Ratio between the memory that parsing requires and the size of the parsed values. Numbers with 16 or more digits are
 * temporarily strings in a copy of the text.
 */
export const PARSE_FACTOR = 1.5;

/**
 * Reserves memory, in bytes.
 * @returns undefined on success; otherwise a response with status 429 if memory is currently low, or 413 if the request
 * always requires too much memory
 */
type Reserve = (bytes: number) => Answer | undefined;

const BUSY = 429;

/** Maximum number of events in a body that is read in parts, and size in bytes of a reduced event. */
const MAX_PARTS = 20_000;
const REDUCED = 32_768;

/** Maximum number of rejected parts that a response names. */
const MAX_NAMED = 20;

/**
 * Receives a body with a JSON value or one JSON value per line. Returns the response after the events are evaluated and
 * their alerts are in the journal. The response lists invalid parts. The other events are accepted, since a retry would
 * have the same result.
 */
export async function receiveDocuments(options: ReceiveOptions, body: Uint8Array, type: string): Promise<Answer> {
  options.counts.bytes += body.length;
  const parts = await partsOf(options, body, type);
  return "status" in parts ? parts : offer(options, parts);
}

/**
 * Receives a body that is too large to be parsed in memory at once. Events are parsed one by one, and large members are
 * removed from an event if there is not enough memory for its values.
 * @param reserve reserves memory until the response is sent
 * @returns undefined if the source cannot read parts, the body has no valid events or too many parts, or the reduced
 * events always require too much memory
 */
export async function receiveInParts(
  options: ReceiveOptions,
  body: Uint8Array,
  reserve: Reserve,
): Promise<Answer | undefined> {
  const { parts: reader, counts } = options;
  if (reader === undefined) return undefined;
  const parts = await inSlices(readParts(options, reader, body, reserve));
  if ("status" in parts) return parts.status === BUSY ? parts : undefined;
  if (parts.documents.length === 0) return undefined;
  counts.bytes += body.length;
  return offer(options, parts);
}

/**
 * Decodes the events of a body in steps.
 * @returns the documents, which are empty if the body has too many parts; or the response of `reserve` if there is not
 * enough memory for the reduced events
 */
function* readParts(
  { split, maxEvent }: ReceiveOptions,
  reader: NonNullable<Reader["parts"]>,
  body: Uint8Array,
  reserve: Reserve,
): Generator<void, Parts | Answer> {
  const received: Received = { time: BigInt(Date.now()) * 1_000_000n };
  const parts: { readonly text: Uint8Array; readonly cost: number; isWhole: boolean }[] = [];
  for (const text of reader.texts(body)) {
    yield;
    if (parts.length === MAX_PARTS) return { documents: [], refused: [] };
    const rejection = reserve(REDUCED);
    if (rejection !== undefined) return rejection;
    parts.push({ text, cost: 2 * text.length + Math.ceil(PARSE_FACTOR * parsedSize(text)), isWhole: false });
  }
  // Reserve memory for the smallest events first, so that a padded event does not use the memory for other events.
  for (const part of parts.toSorted((a, b) => a.cost - b.cost)) {
    part.isWhole = reserve(part.cost) === undefined;
    if (!part.isWhole) break;
  }
  const documents: Parts["documents"][number][] = [];
  const refused: RejectedPart[] = [];
  for (const [i, { text, isWhole }] of parts.entries()) {
    yield;
    try {
      const made = split(isWhole ? parseJson(text) : reader.reduced(text), received, maxEvent);
      for (const document of made.documents) documents.push(document);
      for (const { reason, message } of made.refused) refused.push({ part: i + 1, reason, message });
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      refused.push({ part: i + 1, reason: "not_json", message: error.message });
    }
  }
  return { documents, refused };
}

async function offer({ counts, intake }: ReceiveOptions, { documents, refused }: Parts): Promise<Answer> {
  if (documents.length === 0 && refused.length > 0) {
    countParts(counts, refused);
    return summary(refused.every(({ reason }) => reason === "too_large") ? 413 : 400, 0, refused);
  }
  const evaluated = intake.offer(documents);
  if (evaluated === undefined) {
    countRejected(counts, "full", documents.length);
    return {
      status: 429,
      type: "text/plain; charset=utf-8",
      body: `${intake.waiting} events are waiting to be evaluated: the queue is full.\n`,
      headers: { "retry-after": "1" },
    };
  }
  countAccepted(counts, documents);
  countParts(counts, refused);
  await evaluated;
  return summary(200, documents.length, refused);
}

async function partsOf(options: ReceiveOptions, body: Uint8Array, type: string): Promise<Parts | Answer> {
  const { split, maxEvent, counts } = options;
  const received: Received = { time: BigInt(Date.now()) * 1_000_000n };
  const readLines = (): Promise<Parts> => inSlices(linesOf(body, (value) => split(value, received, maxEvent)));
  if (type !== "application/json") return readLines();
  let value: Json;
  try {
    value = parseJson(body);
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const lines = severalLines(body) ? await readLines() : undefined;
    if (lines !== undefined && lines.documents.length > 0) return lines;
    countRejected(counts, "not_json");
    return { status: 400, type: "text/plain; charset=utf-8", body: `Cannot parse the body: ${error.message}.\n` };
  }
  return split(value, received, maxEvent);
}

const LINE_END = 10;

/** Whether the body has bytes before and after its first newline. */
function severalLines(body: Uint8Array): boolean {
  const first = body.indexOf(LINE_END);
  return first > 0 && first < body.length - 1;
}

/** Number of lines per step. */
const STEP = 64;

/** Decodes one JSON value per line, in steps, since a body may have millions of lines. A part's number is its line. */
function* linesOf(body: Uint8Array, split: (value: Json) => Parts): Generator<void, Parts> {
  const documents: Parts["documents"][number][] = [];
  const refused: RejectedPart[] = [];
  let part = 0;
  for (let from = 0; from < body.length; ) {
    const end = body.indexOf(LINE_END, from);
    const line = body.subarray(from, end < 0 ? body.length : end);
    from = end < 0 ? body.length : end + 1;
    if (part++ % STEP === 0) yield;
    if (line.every((byte) => byte === 32 || byte === 9 || byte === 13)) continue;
    try {
      const parts = split(parseJson(line));
      for (const document of parts.documents) documents.push(document);
      for (const { reason, message } of parts.refused) refused.push({ part, reason, message });
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
      refused.push({ part, reason: "not_json", message: error.message });
    }
  }
  return { documents, refused };
}

function countParts(counts: FeedCounts, refused: readonly RejectedPart[]): void {
  for (const { reason } of refused) countRejected(counts, reason);
}

function summary(status: number, accepted: number, refused: readonly RejectedPart[]): Answer {
  const named = refused.slice(0, MAX_NAMED).map(({ part, message }) => ({ part, reason: message }));
  const body = JSON.stringify({
    accepted,
    ...(refused.length > 0 && { refused: refused.length, reasons: named }),
  });
  return { status, type: "application/json", body: `${body}\n` };
}
