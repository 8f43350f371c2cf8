/**
 * A value of a JSON document in the engine: strings and keys are byte strings (see bytes.ts), and integers that a
 * JavaScript number cannot represent exactly are bigints.
 */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** An event of a document source. */
export interface Document {
  /** Time of the event, nanoseconds since the epoch. */
  readonly time: bigint;
  readonly value: JsonObject | readonly Json[];
  /** Approximate size in memory in bytes, if known. */
  readonly size?: number;
  /** Host of the document, as a byte string, if the configuration or the format specifies one. */
  readonly host?: string;
  /** Kind of the document, as a byte string, if the configuration or the format specifies one. */
  readonly kind?: string;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Returns the value of a key; undefined if the key is missing or `value` is not an object. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
