import { isArray, type Json } from "../event/document.ts";

/** Maximum nesting depth of values, since code that processes documents may be recursive. */
export const MAX_LEVELS = 100;

/** Reason why a document is rejected: a label for metrics, and a sentence without a period. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** Estimated memory per value in addition to its text, in bytes. An empty object has 66 bytes, a property 32. */
const VALUE = 56;

/** Maximum ratio between the estimate of {@link weigh} and the exact size. */
const ESTIMATE = 3;

/** State of {@link weigh}: number of counted bytes, number of counted values, and number of bytes at which it stops. */
let bytes = 0;
let values = 0;
let stop = 0;

/**
 * Measures a document.
 * @param most maximum size of the document as JSON, in bytes
 * @returns the approximate size of the document in memory in bytes, or why the document is rejected
 */
export function measure(value: Json, most: number): number | Rejection {
  bytes = 0;
  values = 0;
  stop = ESTIMATE * most;
  if (!weigh(value, MAX_LEVELS))
    return { reason: "too_deep", message: `values are nested more than ${MAX_LEVELS} levels deep` };
  if (bytes > stop) return { reason: "too_large", message: `it has more than ${most} bytes` };
  const size = bytes > most / 2 ? exactly(value) : bytes;
  return size <= most
    ? size + VALUE * values
    : { reason: "too_large", message: `it has ${size} bytes, which exceeds the limit of ${most} bytes` };
}

/**
 * Estimates the size of a document as JSON. Ignores escapes, and assumes the same length for all numbers. Stops when
 * the document is too large.
 * @returns false if the document is nested too deeply
 */
function weigh(value: Json, levels: number): boolean {
  values++;
  if (typeof value !== "object" || value === null) {
    bytes += typeof value === "string" ? value.length + 2 : 5;
    return true;
  }
  if (levels === 0) return false;
  bytes += 2;
  if (isArray(value)) {
    for (const item of value) {
      bytes++;
      if (bytes > stop) return true;
      if (!weigh(item, levels - 1)) return false;
    }
    return true;
  }
  for (const key in value) {
    bytes += key.length + 4;
    if (bytes > stop) return true;
    const item = value[key];
    if (item !== undefined && !weigh(item, levels - 1)) return false;
  }
  return true;
}

/** Returns the exact size as JSON in bytes. Text is a byte string, so each character is one byte. */
function exactly(value: Json): number {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? Number(each) : each)).length;
}
