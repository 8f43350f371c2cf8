import { isArray, isObject, type Json, member } from "../event/document.ts";

/** The value at a path of keys; undefined if there is no such value. */
export function walk(value: Json | undefined, keys: readonly string[]): Json | undefined {
  let at = value;
  for (let i = 0; i < keys.length && at !== undefined; i++) at = member(at, keys[i]!);
  return at;
}

/** Returns text unchanged and other values as compact JSON; undefined if the value is nested too deeply. */
export function plainText(value: Json): string | undefined {
  return typeof value === "string" ? value : jsonText(value);
}

/** JSON text of a value as a byte string. Keys keep their order. Undefined if the value is nested too deeply. */
export function jsonText(value: Json, indent?: number): string | undefined {
  try {
    return JSON.stringify(value, exact, indent);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the stack overflowed
    throw error;
  }
}

/** Recent JavaScript engines have this function, but the type declarations lack it. */
const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown };

function exact(_key: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return rawJSON === undefined ? Number(value) : rawJSON(value.toString());
}

/**
 * Parses a JSON pointer (RFC 6901) to a list of keys. The first slash is optional. The pointer to the whole document
 * has no keys.
 */
export function pointer(text: string): readonly string[] {
  if (text === "") return [];
  const steps = (text.startsWith("/") ? text.slice(1) : text).split("/");
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const INDEX = /^\d{1,9}$/;

/** The value at a JSON pointer; undefined if there is none. */
export function pointedAt(value: Json, steps: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const step of steps) {
    if (isArray(at)) at = INDEX.test(step) ? at[Number(step)] : undefined;
    else if (isObject(at)) at = member(at, step);
    else return undefined;
  }
  return at;
}
