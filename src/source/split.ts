import type { Document, Json } from "../event/document.ts";
import type { Received } from "./feed.ts";
import { measure, type Unfit } from "./measure.ts";

/** A part of a text that gives no event. */
export interface RefusedPart extends Unfit {
  /** Which one it is, counted from 1. */
  readonly part: number;
}

/** The events in a JSON value, and the parts that are none. */
export interface Parts {
  readonly documents: readonly Document[];
  readonly refused: readonly RefusedPart[];
}

/**
 * Takes a JSON value apart into its events.
 * @param most bytes that an event may have
 */
export type Split = (value: Json, received: Received, most: number) => Parts;

/** Makes an event of one part, or says why it is none. */
export type ReadPart = (part: Json, received: Received) => Document | Unfit;

/** Takes a list as the events that it lists, and anything else as one. */
export function splitList(read: ReadPart): Split {
  return (value, received, most) => eachPart(isList(value) ? value : [value], read, received, most);
}

/** Reads each part that is not too large. */
export function eachPart(parts: readonly Json[], read: ReadPart, received: Received, most: number): Parts {
  const documents: Document[] = [];
  const refused: RefusedPart[] = [];
  for (let i = 0; i < parts.length; i++) {
    const size = measure(parts[i], most);
    const made = typeof size === "number" ? read(parts[i], received) : size;
    if ("reason" in made) refused.push({ part: i + 1, ...made });
    else documents.push(typeof size === "number" && made.size === undefined ? { ...made, size } : made);
  }
  return { documents, refused };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
