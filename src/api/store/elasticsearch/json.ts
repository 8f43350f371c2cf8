// Functions that read JSON responses from a server. Numbers that JavaScript cannot represent exactly are kept as text.

import { keepWritten, parseExact } from "../../../event/exact-json.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Parses JSON without loss: serializing the result preserves the notation of every number. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  return parseExact(text, keepWritten);
}

/** The value at a path of property names; undefined if the path does not exist. */
export function at(value: unknown, ...way: readonly string[]): unknown {
  let found = value;
  for (const name of way) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Fields)[name]; // an object, as checked above
  }
  return found;
}

export function textAt(value: unknown, ...way: readonly string[]): string {
  const found = at(value, ...way);
  return typeof found === "string" ? found : "";
}

export function numberAt(value: unknown, ...way: readonly string[]): number {
  const found = at(value, ...way);
  return typeof found === "number" ? found : 0;
}

/** The value of an aggregation, which servers can write as `1.5E12`; 0 if the value is missing. */
export function valueAt(bucket: unknown, ...way: readonly string[]): number {
  const written = at(bucket, ...way, "value", "rawJSON") ?? at(bucket, ...way, "value"); // see keepWritten
  const value = typeof written === "number" || typeof written === "string" ? Number(written) : 0;
  return Number.isFinite(value) ? value : 0;
}

export function listAt(value: unknown, ...way: readonly string[]): readonly unknown[] {
  const found = at(value, ...way);
  return Array.isArray(found) ? found : [];
}
