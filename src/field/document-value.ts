import type { Json } from "../event/document.ts";
import type { Observed } from "../machine/observed.ts";
import type { Reader } from "./field.ts";
import { walk } from "./json-value.ts";

/**
 * Readers of what a document tells, by where it stands: keys from the outside in. Undefined for events that are no
 * document, and where there is nothing of that type.
 */

/** Text; numbers and truth as text. */
export function documentText(...path: string[]): (event: Observed) => string | undefined {
  return ({ document }) => textOf(walk(document, path));
}

/** The first of several texts that is there. */
export function firstDocumentText(...paths: readonly (readonly string[])[]): (event: Observed) => string | undefined {
  return ({ document }) => {
    for (const path of paths) {
      const text = textOf(walk(document, path));
      if (text !== undefined) return text;
    }
    return undefined;
  };
}

/** A whole number from 0 on. */
export function documentNumber(...path: string[]): (event: Observed) => number | undefined {
  return ({ document }) => countOf(walk(document, path));
}

export function documentFlag(...path: string[]): Reader {
  return ({ document }) => {
    const value = walk(document, path);
    return typeof value === "boolean" ? value : undefined;
  };
}

/** A value as text; undefined for lists and objects. Empty text is none. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

/** The texts of a list, or the one text that stands in its place. Undefined where there is none. */
export function textsOf(value: Json | undefined): string[] | undefined {
  const items: readonly Json[] = Array.isArray(value) ? value : [value ?? null];
  const texts = items.map(textOf).filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts;
}

const WHOLE = /^[0-9]{1,15}$/;

/** A whole number from 0 on, also where it is written as text. */
export function countOf(value: Json | undefined): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  return typeof value === "string" && WHOLE.test(value) ? Number(value) : undefined;
}
