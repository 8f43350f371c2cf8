import type { KnownObjects } from "../audit/memory.ts";
import { type Document, isArray, isObject, type Json } from "../event/document.ts";
import { type Decode, decodeJson } from "./decode.ts";
import type { Received } from "./feed.ts";
import { type ReadPart, type Split, splitList } from "./split.ts";

export type Identify = (document: Document) => string | undefined;

/** The decoders of a source's events, for any origin. */
export interface Reader {
  /** Splits a JSON value into events. */
  readonly split: Split;
  /**
   * Decodes a line, if lines may be other than JSON.
   * @param most maximum bytes of an event
   */
  readonly lines?: (most: number) => Decode;
  /** Decodes a syslog message, if it is more than a container of such lines or JSON. */
  readonly syslog?: (most: number) => Decode;
  /**
   * Makes an event of the beginning of a line that is too long. Without it such lines are rejected.
   * @param text at most 64 KiB, valid during the call only
   */
  readonly beginning?: (text: Uint8Array, received: Received) => Document;
  /** Reads a body whose values do not fit into memory together. */
  readonly parts?: {
    /** The texts of its events. */
    texts(body: Uint8Array): Iterable<Uint8Array>;
    /** An event without what makes it large. */
    reduced(text: Uint8Array): Json;
  };
  /**
   * The identity of an event that may arrive several times, by several origins or because its sender repeats it;
   * undefined if it has none.
   */
  readonly identify?: Identify;
  /** Uses what an API server says of objects to which events refer. */
  readonly use?: (objects: KnownObjects | undefined) => void;
}

/** An event with its time of arrival. */
const anyEvent: ReadPart = (value, { time }) =>
  isObject(value) || isArray(value) ? { time, value } : { reason: "no_object", message: "it is not an object" };

/** The reader of any JSON: an event, or a list of events. */
export const anyJson: Reader = { split: splitList(anyEvent) };

/** The decoder of lines from files and sockets. */
export function linesOf({ split, lines }: Reader, most: number): Decode {
  return lines?.(most) ?? decodeJson(split, most);
}
