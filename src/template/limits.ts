import { TemplateError } from "./error.ts";

/** Maximum length of a template in characters. */
export const MAX_LENGTH = 16_384;
/** Maximum nesting of blocks and parentheses. */
export const MAX_DEPTH = 50;
/** Maximum number of nodes, commands and items that an execution evaluates. */
export const MAX_STEPS = 20_000;
/** Number of characters in the result of a function or field that count as a step. */
export const STEP_LENGTH = 256;
/** Maximum length of a string during an execution, and of the result, in characters. */
export const MAX_TEXT = 65_536;

/** Limits the total length of strings. */
export class TextLimit {
  private length = 0;

  add(text: string): string {
    this.length += text.length;
    if (this.length > MAX_TEXT) throw new TemplateError(`a string exceeds ${MAX_TEXT} characters`);
    return text;
  }
}
