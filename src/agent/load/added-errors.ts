import type { Diagnostic, FileResult } from "../../rule/diagnostic.ts";

/** Maximum number of errors per file. */
const MOST = 20;

/**
 * Returns the errors of each file, by file name, as `FILE:LINE:COLUMN: MESSAGE`. The input for a file repeats errors of
 * the files that were loaded before it; these repetitions are removed.
 */
export function addedErrors(results: readonly FileResult[]): ReadonlyMap<string, readonly string[]> {
  const seen = new Set<string>();
  const added = new Map<string, string[]>();
  for (const { file: name, errors } of results) {
    const own: string[] = [];
    for (const error of errors) {
      const sentence = placed(error);
      if (seen.has(sentence)) continue;
      seen.add(sentence);
      if (own.length < MOST) own.push(sentence);
    }
    if (own.length > 0) added.set(name, own);
  }
  return added;
}

/** A message with its position, as `FILE:LINE:COLUMN: MESSAGE`. */
export function placed({ file, line, column, message }: Diagnostic): string {
  return `${line === 0 ? file : `${file}:${line}:${column}`}: ${message}`;
}
