import { execute } from "./execute.ts";
import { parse } from "./parse.ts";
import type { Value } from "./value.ts";

/** A parsed template. */
export interface GoTemplate {
  /**
   * The text for a value.
   * @param quote converts text that comes from values, such as markup of the receiver
   * @throws TemplateError
   */
  execute(data: Value, quote?: (text: string) => string): string;
}

/**
 * Parses a template of Go's `text/template` with its functions, except `call`, and without `define`, `template` and `block`. Length,
 * levels, steps and the result are limited. Numbers and texts with the same digits are equal.
 * @throws TemplateError with the offset
 */
export function goTemplate(text: string): GoTemplate {
  const body = parse(text);
  return { execute: (data, quote) => execute(body, data, quote) };
}
