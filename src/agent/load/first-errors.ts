import type { FileResult } from "../../rule/diagnostic.ts";

/**
 * Returns the first error that each file adds to those of the files before it, by the name of the file, as
 * `FILE:LINE:COLUMN: MESSAGE`. The result of a file repeats errors of the files before it.
 */
export function firstErrors(results: readonly FileResult[]): ReadonlyMap<string, string> {
  const seen = new Set<string>();
  const first = new Map<string, string>();
  for (const { file: name, errors } of results) {
    for (const { file, line, column, message } of errors) {
      const sentence = `${line === 0 ? file : `${file}:${line}:${column}`}: ${message}`;
      if (seen.has(sentence)) continue;
      seen.add(sentence);
      if (!first.has(name)) first.set(name, sentence);
    }
  }
  return first;
}
