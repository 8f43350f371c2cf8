/** Limits of rule files and response rule files. Those of conditions are in `src/condition/limits.ts`. */
export const limits = {
  /** Bytes of a file: a list of a million addresses has 20 MiB. */
  fileBytes: 32 << 20,
  /** Characters of all files. */
  allBytes: 64 << 20,
  /** Characters of a file that only the full YAML parser can read, which takes some twenty times the time and memory. */
  unusualYaml: 2 << 20,
  /** Errors of a file; reading and compiling end after them. */
  fileErrors: 2000,
  /** Errors of an item: a rule, macro, list, or output. */
  errors: 100,
  /** Warnings of a file. */
  warnings: 1000,
  /** Characters of a message: messages contain names of the file. */
  message: 2000,
  /** Characters of an output, with the texts that the configuration appends. */
  output: 64 << 10,
  /** Fields and transformers of an output. */
  outputFields: 1000,
} as const;
