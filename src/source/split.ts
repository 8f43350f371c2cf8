import type { Document, Json } from "../event/document.ts";
import type { Received } from "./feed.ts";
import { measure, type Rejection } from "./measure.ts";

/** A part of a message that is not an event. */
export interface RejectedPart extends Rejection {
  /** Position of the part, from 1. */
  readonly part: number;
}

/** The events of a JSON value, and its rejected parts. */
export interface Parts {
  readonly documents: readonly Document[];
  readonly refused: readonly RejectedPart[];
}

/**
 * Splits a JSON value into events.
 * @param most maximum size of an event, in bytes
 */
export type Split = (value: Json, received: Received, most: number) => Parts;

/** Decodes one part, or returns why it is rejected. */
export type ReadPart = (part: Json, received: Received) => Document | Rejection;

/** Returns a function that decodes each item of a list as an event, and any other value as a single event. */
export function splitList(read: ReadPart): Split {
  return (value, received, most) => eachPart(isList(value) ? value : [value], read, received, most);
}

/** Shortens a part that exceeds the size or depth limit; returns undefined if the part must be rejected. */
export type Reduce = (part: Json) => Json | undefined;

/**
 * Decodes each part that is within the limits.
 * @param reduce shrinks a part that exceeds the size or depth limits
 */
export function eachPart(
  parts: readonly Json[],
  read: ReadPart,
  received: Received,
  most: number,
  reduce?: Reduce,
): Parts {
  const documents: Document[] = [];
  const refused: RejectedPart[] = [];
  for (let i = 0; i < parts.length; i++) {
    let part = parts[i];
    if (part === undefined) continue; // JSON has no undefined
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
