/** Maximum nesting of sequences and mappings. Rule files and configurations have less than ten levels. */
export const MAX_DEPTH = 100;

/** Maximum number of values of a document with all aliases expanded: a few lines can expand to billions. */
export const MAX_VALUES = 1_000_000;

/** Tokens in wrong places after which the rest of a text is not read. */
export const MAX_ERRORS = 2000;

/** A YAML text that is nested deeper than {@link MAX_DEPTH}. */
export class TooDeepError extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super(`Sequences and mappings are nested deeper than ${MAX_DEPTH} levels`);
    this.offset = offset;
  }
}
