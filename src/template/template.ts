import { execute } from "./execute.ts";
import { parse } from "./parse.ts";
import type { Value } from "./value.ts";

/** A parsed template. */
export interface GoTemplate {
  /**
   * Executes the template.
   * @param quote escapes text that comes from values, for example for the receiver's markup
   * @throws TemplateError
   */
  execute(data: Value, quote?: (text: string) => string): string;
}

/**
 * Parses a template in the language of Go's `text/template`. Supports its functions except `call`, but not `define`,
 * `template` and `block`. Length, nesting, steps and result are limited. A number and a string with the same digits are
 * equal.
 * @throws TemplateError with the offset
 */
export function goTemplate(text: string): GoTemplate {
  const body = parse(text);
  return { execute: (data, quote) => execute(body, data, quote) };
}
