/** Maximum nesting of sequences and mappings. Rule files and configurations use fewer than ten levels. */
export const MAX_DEPTH = 100;

/** Maximum number of values in a document after expansion of aliases. A few lines can expand to billions of values. */
export const MAX_VALUES = 1_000_000;

/** Number of misplaced tokens after which parsing of a text stops. */
export const MAX_ERRORS = 2000;

/**
 * Maximum number of tokens in a text, including white space. A sequence of short values has one token for every two
 * characters; the text of rules has one for every five.
 */
export const MAX_TOKENS = 500_000;

/** Error for a YAML text that exceeds a limit. */
export class YamlLimitError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Error for a YAML text that is nested deeper than {@link MAX_DEPTH}. */
export function tooDeep(offset: number): YamlLimitError {
  return new YamlLimitError(`Sequences and mappings are nested deeper than ${MAX_DEPTH} levels`, offset);
}
