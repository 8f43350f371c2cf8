import type { Json } from "../event/document.ts";
import type { Observed } from "../machine/observed.ts";
import type { Reader } from "./field.ts";
import { walk } from "./json-value.ts";

/**
 * Readers of document values by path, beginning with the outermost key. They return undefined for events that are not
 * documents, for missing values and for values of other types.
 */

/** Reads a string; numbers and booleans are converted. */
export function documentText(...path: string[]): (event: Observed) => string | undefined {
  return ({ document }) => textOf(walk(document, path));
}

/** Reads the first string that is present. */
export function firstDocumentText(...paths: readonly (readonly string[])[]): (event: Observed) => string | undefined {
  return ({ document }) => {
    for (const path of paths) {
      const text = textOf(walk(document, path));
      if (text !== undefined) return text;
    }
    return undefined;
  };
}

/** Reads a non-negative integer. */
export function documentNumber(...path: string[]): (event: Observed) => number | undefined {
  return ({ document }) => countOf(walk(document, path));
}

export function documentFlag(...path: string[]): Reader {
  return ({ document }) => {
    const value = walk(document, path);
    return typeof value === "boolean" ? value : undefined;
  };
}

/** A value as a string; undefined for lists, objects and empty strings. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

/** The strings of a list, or a single string; undefined if there is none. */
export function textsOf(value: Json | undefined): string[] | undefined {
  const items: readonly Json[] = Array.isArray(value) ? value : [value ?? null];
  const texts = items.map(textOf).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts;
}

const WHOLE = /^[0-9]{1,15}$/;

/** Reads a non-negative integer, which may be in text form. */
export function countOf(value: Json | undefined): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  return typeof value === "string" && WHOLE.test(value) ? Number(value) : undefined;
}
