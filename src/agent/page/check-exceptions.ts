import { type Diagnostic, isSkipped, whySkipped } from "../../rule/diagnostic.ts";
import { Failure } from "../failure.ts";
import { placed } from "../load/added-errors.ts";
import { exceptionsToLoad, loadFiles } from "../load/ready-rules.ts";
import { readRuleFiles } from "../load/rule-files.ts";
import type { ExceptionsOrder } from "../load/trial.ts";

/**
 * Checks that the YAML of a user contains only exceptions, and that all rules load with the changed file. A skipped
 * item of the file is an error if the user wrote the item, or if the item was not skipped before the change. Other
 * skipped items are accepted, so that an exception whose rule no longer exists does not prevent other changes.
 * @throws Failure
 */
export async function checkExceptions(order: ExceptionsOrder): Promise<void> {
  const { yaml, file, changed } = order;
  if (yaml !== undefined) await checkForm(yaml);
  const problems = await problemsWith(file.text, order);
  if (problems.length === 0) return;
  if (yaml !== undefined) {
    const own = problems.find((one) => one.isError || isWithin(one, file.name, changed));
    if (own !== undefined) throw new Failure(sentence(inText(own, order) ?? placed(own)));
  }
  const known = countBy(await problemsWith(file.before, order));
  for (const problem of problems) {
    const key = keyOf(problem);
    const left = known.get(key) ?? 0;
    if (left === 0) throw new Failure(sentence(placed(problem)));
    known.set(key, left - 1);
  }
}

/** An error, or a warning about a skipped item of the exceptions file. */
interface Problem extends Diagnostic {
  readonly isError: boolean;
}

/** Loads all rules with a new content of the exceptions file. @throws Failure if another file cannot be read */
async function problemsWith(
  text: string,
  { file: { name }, paths, settings, options }: ExceptionsOrder,
): Promise<Problem[]> {
  const { files, unreadable } = readRuleFiles(paths);
  const [failed] = unreadable;
  if (failed !== undefined) throw new Failure(`${failed.file}: ${failed.message}.`);
  const { resources, pageRules = [] } = options;
  const last = exceptionsToLoad({ name, text }, options);
  const { results } = await loadFiles([...files, ...(resources ?? []), ...pageRules, last], settings, "all", {
    ...options,
    leaveOut: true,
  });
  const problems = new Map<string, Problem>();
  for (const { errors, warnings } of results) {
    for (const error of errors) problems.set(JSON.stringify(error), { ...error, isError: true });
    for (const warning of warnings)
      if (warning.file === name && isSkipped(warning))
        problems.set(JSON.stringify(warning), { ...warning, message: whySkipped(warning), isError: false });
  }
  return [...problems.values()];
}

function isWithin({ file, line }: Diagnostic, name: string, changed: ExceptionsOrder["changed"]): boolean {
  return file === name && changed.some(({ first, last }) => line >= first && line <= last);
}

/** The message of a problem with its line in the text of the user; undefined if the problem is outside of the text. */
function inText(problem: Problem, { yaml = "", file, changed }: ExceptionsOrder): string | undefined {
  const lf = (text: string): string => text.replace(/\r\n?/g, "\n");
  const text = lf(yaml);
  let from = 0;
  for (const one of changed) {
    const at = text.indexOf(lf(one.yaml), from);
    if (at === -1) return undefined;
    from = at + one.yaml.length;
    if (!isWithin(problem, file.name, [one])) continue;
    const line = text.slice(0, at).split("\n").length + problem.line - one.first;
    return `Line ${line} of the text: ${problem.message}`;
  }
  return undefined;
}

/** Identifies the same problem in another version of the file, where the line may differ. */
function keyOf({ file, message, rule = "" }: Problem): string {
  return JSON.stringify([file, message, rule]);
}

function countBy(problems: readonly Problem[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const problem of problems) counts.set(keyOf(problem), (counts.get(keyOf(problem)) ?? 0) + 1);
  return counts;
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** Checks that YAML contains only exceptions, since other items could override rules. */
async function checkForm(yaml: string): Promise<void> {
  const { splitSubmission } = await import("../../api/exceptions/submission.ts");
  try {
    await splitSubmission(yaml);
  } catch (error) {
    throw error instanceof Error ? new Failure(error.message) : error;
  }
}
