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
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
