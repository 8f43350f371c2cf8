import type { Document, Json } from "../event/document.ts";
import type { Received } from "./feed.ts";
import { measure, type Refusal } from "./measure.ts";

/** A part of a text that is not an event. */
export interface RefusedPart extends Refusal {
  /** Its number, from 1. */
  readonly part: number;
}

/** The events of a JSON value, and its rejected parts. */
export interface Parts {
  readonly documents: readonly Document[];
  readonly refused: readonly RefusedPart[];
}

/**
 * Splits a JSON value into events.
 * @param most bytes that an event may have
 */
export type Split = (value: Json, received: Received, most: number) => Parts;

/** Decodes one part, or returns why it is rejected. */
export type ReadPart = (part: Json, received: Received) => Document | Refusal;

/** Splits a list into its items; any other value is one event. */
export function splitList(read: ReadPart): Split {
  return (value, received, most) => eachPart(isList(value) ? value : [value], read, received, most);
}

/** A part without what exceeds the limits; undefined if it has to be rejected. */
export type Reduce = (part: Json) => Json | undefined;

/**
 * Decodes each part that is not too large.
 * @param reduce makes a smaller part of one that exceeds the limits of size or depth
 */
export function eachPart(
  parts: readonly Json[],
  read: ReadPart,
  received: Received,
  most: number,
  reduce?: Reduce,
): Parts {
  const documents: Document[] = [];
  const refused: RefusedPart[] = [];
  for (let i = 0; i < parts.length; i++) {
    let part = parts[i];
    if (part === undefined) continue; // no JSON value is
    let size = measure(part, most);
    const reduced = typeof size === "number" ? undefined : reduce?.(part);
    if (reduced !== undefined) {
      part = reduced;
      size = measure(part, Number.POSITIVE_INFINITY);
    }
    const made = typeof size === "number" ? read(part, received) : size;
    if ("reason" in made) refused.push({ part: i + 1, ...made });
    else documents.push(typeof size === "number" && made.size === undefined ? { ...made, size } : made);
  }
  return { documents, refused };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
