import type { KnownObjects } from "../audit/memory.ts";
import { type Document, isArray, isObject, type Json } from "../event/document.ts";
import { type Decode, decodeJson } from "./decode.ts";
import type { Received } from "./feed.ts";
import { type ReadPart, type Split, splitList } from "./split.ts";

export type Identify = (document: Document) => string | undefined;

/** Decoders for the events of a source, which do not depend on the origin. */
export interface Reader {
  /** Splits a JSON value into events. */
  readonly split: Split;
  /**
   * Returns the decoder of lines. Absent if all lines are JSON.
   * @param most maximum size of an event, in bytes
   */
  readonly lines?: (most: number) => Decode;
  /**
   * Returns the decoder of syslog messages including their headers. If absent, messages are decoded with `lines` or, if
   * that is absent too, only their JSON is decoded.
   */
  readonly syslog?: (most: number) => Decode;
  /**
   * Decodes the beginning of a line that is too long into an event. If absent, such lines are rejected.
   * @param text at most 64 KiB, valid only during the call
   */
  readonly beginning?: (text: Uint8Array, received: Received) => Document;
  /** Reads a body that is too large to be parsed in memory at once. */
  readonly parts?: {
    /** Returns the JSON of each event in a body. */
    texts(body: Uint8Array): Iterable<Uint8Array>;
    /** Returns an event without its large members. */
    reduced(text: Uint8Array): Json;
  };
  /**
   * Returns the identity of an event, by which repetitions are recognized: an event may arrive from several origins, or
   * again after a retry by the sender. Undefined if the event has no identity.
   */
  readonly identify?: Identify;
  /** Sets the Kubernetes objects that are used to resolve references in events. */
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
