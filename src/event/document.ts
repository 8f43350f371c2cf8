/**
 * A value of a JSON document as the engine holds it: text and keys are byte strings (see bytes.ts), whole numbers that
 * a JavaScript number can't hold are bigints.
 */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** Something that happened, as a source other than the kernel tells it. */
export interface Document {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly value: JsonObject | readonly Json[];
  /** Bytes of the text it was read from, where that is known. */
  readonly size?: number;
  /** The machine that it is of, and what it is called, where the configuration says where that stands. Byte strings. */
  readonly host?: string;
  readonly kind?: string;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** What an object has under a key; undefined where it has no such thing, or is no object. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
