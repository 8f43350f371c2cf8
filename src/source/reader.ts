import type { KnownObjects } from "../audit/memory.ts";
import { type Document, isArray, isObject, type Json } from "../event/document.ts";
import { type Decode, decodeJson } from "./decode.ts";
import type { Received } from "./feed.ts";
import { type ReadPart, type Split, splitList } from "./split.ts";

export type Identify = (document: Document) => string | undefined;

/** The decoders of a source's events, the same for any origin. */
export interface Reader {
  /** Splits a JSON value into events. */
  readonly split: Split;
  /**
   * Decodes a line. Absent if all lines are JSON.
   * @param most maximum size of an event, in bytes
   */
  readonly lines?: (most: number) => Decode;
  /** Decodes a syslog message. Absent if only its content, a line or JSON, matters. */
  readonly syslog?: (most: number) => Decode;
  /**
   * Decodes the beginning of a line that is too long into an event. If absent, such lines are rejected.
   * @param text at most 64 KiB, valid only during the call
   */
  readonly beginning?: (text: Uint8Array, received: Received) => Document;
  /** Reads a body whose values do not all fit into memory at once. */
  readonly parts?: {
    /** Returns the texts of the events in a body. */
    texts(body: Uint8Array): Iterable<Uint8Array>;
    /** Returns an event without its large members. */
    reduced(text: Uint8Array): Json;
  };
  /**
   * Returns the identity of an event that may arrive several times, from several origins or after a retry of the
   * sender; undefined if it has none.
   */
  readonly identify?: Identify;
  /** Sets the objects of an API server that are used to resolve references in events. */
  readonly use?: (objects: KnownObjects | undefined) => void;
}

/** Decodes an object or list as an event with its time of arrival. */
const anyEvent: ReadPart = (value, { time }) =>
  isObject(value) || isArray(value) ? { time, value } : { reason: "no_object", message: "it is not an object" };

/** Reader for any JSON: an event, or a list of events. */
export const anyJson: Reader = { split: splitList(anyEvent) };

/** Returns the decoder of lines from files and sockets. */
export function linesOf({ split, lines }: Reader, most: number): Decode {
  return lines?.(most) ?? decodeJson(split, most);
}
