import { TemplateError } from "./error.ts";

/** Characters of a template. */
export const MAX_LENGTH = 16_384;
/** Levels of blocks and parentheses. */
export const MAX_DEPTH = 50;
/** Nodes, commands and items that one execution evaluates. */
export const MAX_STEPS = 20_000;
/** Characters of a function's result that count as a step. */
export const STEP_LENGTH = 256;
/** Characters of a text in an execution, and of its result. */
export const MAX_TEXT = 65_536;

/** The texts of values, with their whole length limited. */
export class TextLimit {
  private length = 0;

  add(text: string): string {
    this.length += text.length;
    if (this.length > MAX_TEXT) throw new TemplateError(`a text has more than ${MAX_TEXT} characters`);
    return text;
  }
}
