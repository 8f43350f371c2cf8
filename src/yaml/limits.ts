/** Maximum nesting of sequences and mappings. Rule files and configurations use fewer than ten levels. */
export const MAX_DEPTH = 100;

/** Maximum number of values in a document after expansion of aliases. A few lines can expand to billions of values. */
export const MAX_VALUES = 1_000_000;

/** Number of misplaced tokens after which parsing of a text stops. */
export const MAX_ERRORS = 2000;

/** Error for a YAML text that is nested deeper than {@link MAX_DEPTH}. */
export class TooDeepError extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super(`Sequences and mappings are nested deeper than ${MAX_DEPTH} levels`);
    this.offset = offset;
  }
}
