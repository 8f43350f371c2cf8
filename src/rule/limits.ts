/** Limits of rule files and response rule files. The limits of conditions are in `src/condition/limits.ts`. */
export const limits = {
  /** Maximum bytes of a file. A list of a million addresses has 20 MiB. */
  fileBytes: 32 << 20,
  /** Maximum characters of all files. */
  allBytes: 64 << 20,
  /**
   * Maximum characters of a file that only the full YAML parser can read, which takes about twenty times as much time
   * and memory.
   */
  unusualYaml: 2 << 20,
  /** Maximum errors of a file, after which reading and compiling end. */
  fileErrors: 2000,
  /** Maximum errors of an item: a rule, macro, list, or output. */
  errors: 100,
  /** Maximum warnings of a file. */
  warnings: 1000,
  /** Maximum characters of a message, since messages contain names from the file. */
  message: 2000,
  /** Maximum characters of an output, including texts appended by the configuration. */
  output: 64 << 10,
  /** Maximum fields and transformers of an output. */
  outputFields: 1000,
} as const;
