import { isArray, isObject, type Json, member } from "../event/document.ts";

/** The value that a row of keys leads to; undefined where there is none. */
export function walk(value: Json | undefined, keys: readonly string[]): Json | undefined {
  let at = value;
  for (let i = 0; i < keys.length && at !== undefined; i++) at = member(at, keys[i]!);
  return at;
}

/** Text as it is, everything else as compact JSON; undefined for values nested too deep to be written. */
export function plainText(value: Json): string | undefined {
  return typeof value === "string" ? value : jsonText(value);
}

/** JSON text of a value, as a byte string, its keys in their order. Undefined where it is nested too deep to be written. */
export function jsonText(value: Json, indent?: number): string | undefined {
  try {
    return JSON.stringify(value, exact, indent);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the stack is exhausted
    throw error;
  }
}

/** The browsers' JSON knows this; the language's own declarations don't yet. */
const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown };

function exact(_key: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return rawJSON === undefined ? Number(value) : rawJSON(value.toString());
}

/** The steps of a JSON pointer (RFC 6901), which may lack its first slash; none for the whole document. */
export function pointer(text: string): readonly string[] {
  if (text === "") return [];
  const steps = (text.startsWith("/") ? text.slice(1) : text).split("/");
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const INDEX = /^\d{1,9}$/;

/** What a pointer leads to. */
export function pointedAt(value: Json, steps: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const step of steps) {
    if (isArray(at)) at = INDEX.test(step) ? at[Number(step)] : undefined;
    else if (isObject(at)) at = member(at, step);
    else return undefined;
  }
  return at;
}
