import type { RuleFile } from "../../rule/location.ts";
import { Failure, InvalidRules } from "../failure.ts";

/** Maximum number of attempts. In the last attempt, all files are left out, not only the files with errors. */
const ROUNDS = 4;

/** The result of a load, and the files that were loaded. */
export interface LoadedFiles<Result> {
  readonly result: Result;
  readonly used: readonly RuleFile[];
  /** Files that are left out, with the reason as a sentence without a period. */
  readonly skipped: readonly SkippedFile[];
}

export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

/**
 * Loads rules with files that the page has written. Files with errors are left out, since they must not stop detection.
 * An update that removes a macro can cause such errors.
 * @param attempt loads all rules with these files
 * @throws Failure if the rules cannot be loaded even without the files
 */
export async function loadableFiles<Result>(
  files: readonly RuleFile[],
  attempt: (files: readonly RuleFile[]) => Promise<Result>,
): Promise<LoadedFiles<Result>> {
  const skipped: SkippedFile[] = [];
  let first: Failure | undefined;
  let used = files;
  for (let round = 1; ; round++) {
    try {
      return { result: await attempt(used), used, skipped };
    } catch (error) {
      if (!(error instanceof Failure) || used.length === 0) throw first ?? error;
      first ??= error;
      const errors = error instanceof InvalidRules ? error.errors : NO_ERRORS;
      const wrong = used.filter(({ name }) => errors.has(name));
      const isLast = wrong.length === 0 || round === ROUNDS;
      for (const { name } of isLast ? used : wrong)
        skipped.push({
          file: name,
          reason: errors.get(name)?.[0] ?? `${name}: skipped because of an error in another rule from the web UI`,
        });
      used = isLast ? [] : used.filter((file) => !wrong.includes(file));
    }
  }
}

const NO_ERRORS: InvalidRules["errors"] = new Map();
