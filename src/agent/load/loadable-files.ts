import type { RuleFile } from "../../rule/location.ts";
import { InvalidRules } from "../failure.ts";

/** Maximum number of attempts in which only files with errors are left out. */
const ROUNDS = 4;

/** The result of a load, and the files with which it succeeded. */
export interface LoadedFiles<Result> {
  readonly result: Result;
  readonly used: readonly RuleFile[];
  /** The first error of each file that is left out, as `FILE:LINE:COLUMN: MESSAGE`. */
  readonly errors: readonly string[];
}

/**
 * Loads rules with files that the page has written. Files with errors are left out, for example because an update removed
 * a macro, since they must not stop detection.
 * @param attempt loads all rules with these files
 * @throws Failure if the rules cannot be loaded without the files either
 */
export async function loadableFiles<Result>(
  files: readonly RuleFile[],
  attempt: (files: readonly RuleFile[]) => Promise<Result>,
): Promise<LoadedFiles<Result>> {
  const errors: string[] = [];
  let used = files;
  for (let round = 1; ; round++) {
    try {
      return { result: await attempt(used), used, errors };
    } catch (error) {
      if (!(error instanceof InvalidRules)) throw error;
      const wrong = used.filter(({ name }) => error.errors.has(name));
      if (wrong.length === 0) throw error;
      for (const { name } of wrong) errors.push(...(error.errors.get(name)?.slice(0, 1) ?? []));
      used = round < ROUNDS ? used.filter((file) => !wrong.includes(file)) : [];
    }
  }
}
