/** Limits for rule files and response rule files. The limits for conditions are in `src/condition/limits.ts`. */
export const limits = {
  /** Maximum size of a file, in bytes. A list of a million addresses needs 20 MiB. */
  fileBytes: 32 << 20,
  /** Maximum total length of all files, in characters. */
  allBytes: 64 << 20,
  /**
   * Maximum length, in characters, of a file that only the full YAML parser can read. That parser takes about twenty
   * times as much time and memory.
   */
  unusualYaml: 2 << 20,
  /** Maximum number of errors in a file. Reading and compiling end when it is reached. */
  fileErrors: 2000,
  /** Maximum number of errors in an item: a rule, macro, list, or output. */
  errors: 100,
  /** Maximum number of warnings for a file. */
  warnings: 1000,
  /** Maximum length of a message, in characters, since messages contain names from the file. */
  message: 2000,
  /** Maximum length of an output, in characters, including strings appended by the configuration. */
  output: 64 << 10,
  /** Maximum number of fields and transformers in an output. */
  outputFields: 1000,
} as const;
