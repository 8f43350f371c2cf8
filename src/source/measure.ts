import type { Json } from "../event/document.ts";

/** Maximum nesting of values: code that walks through a document may recurse per level. */
export const MAX_LEVELS = 100;

/** Why a document is rejected: a reason for metrics, and a sentence without its end. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Bytes of memory for a value in addition to its text: 66 for an empty object, 32 for a property with its name. */
const VALUE = 56;

/** Values that {@link weigh} has seen. */
let values = 0;

/**
 * Measures a document.
 * @param most maximum bytes of the document as JSON
 * @returns its approximate size in memory in bytes, or why it is rejected
 */
export function measure(value: Json, most: number): number | Refusal {
  values = 0;
  let size = weigh(value, MAX_LEVELS);
  if (size === Number.POSITIVE_INFINITY)
    return { reason: "too_deep", message: `values are nested more than ${MAX_LEVELS} levels deep` };
  if (size > most / 2) size = exactly(value);
  return size <= most
    ? size + VALUE * values
    : { reason: "too_large", message: `it has ${size} bytes, more than ${most}` };
}

/** An estimate without escapes, with an average length of numbers. */
function weigh(value: Json, levels: number): number {
  values++;
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
