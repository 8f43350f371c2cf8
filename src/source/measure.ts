import type { Json } from "../event/document.ts";

/** How deep values may be within each other: whoever walks through a document may call itself for each level. */
export const MOST_LEVELS = 100;

/** What can't be taken of a document: its reason for the figures, and a sentence without its end. */
export interface Unfit {
  readonly reason: string;
  readonly message: string;
}

/**
 * Says what is wrong with the size of a document.
 * @param most bytes that it may have as JSON
 * @returns its size in bytes, roughly; or why it can't be taken
 */
export function measure(value: Json, most: number): number | Unfit {
  let size = weigh(value, MOST_LEVELS);
  if (size === Number.POSITIVE_INFINITY)
    return { reason: "too_deep", message: `values are more than ${MOST_LEVELS} deep within each other` };
  if (size > most / 2) size = exactly(value);
  return size <= most ? size : { reason: "too_large", message: `it has ${size} bytes, and may have ${most}` };
}

/** Without escapes, and numbers as if all were of the usual length. */
function weigh(value: Json, levels: number): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 5;
  if (levels === 0) return Number.POSITIVE_INFINITY;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) size += weigh(item, levels - 1) + 1;
  } else {
    for (const [key, item] of Object.entries(value)) size += key.length + 4 + weigh(item, levels - 1);
  }
  return size;
}

/** Text is a byte string, so a character is a byte. */
function exactly(value: Json): number {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? Number(each) : each)).length;
}
