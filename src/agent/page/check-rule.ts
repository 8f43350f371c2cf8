import { Failure } from "../failure.ts";
import { placed } from "../load/added-errors.ts";
import { exceptionsToLoad, loadFiles } from "../load/ready-rules.ts";
import { readRuleFiles } from "../load/rule-files.ts";
import type { RuleOrder } from "../load/trial.ts";

/**
 * Checks that all rules load with a change that was made to a rule in the web UI.
 * @throws Failure
 */
export async function checkRule({ name, files: own, paths, last, settings, options }: RuleOrder): Promise<void> {
  const [first, final] = [readRuleFiles(paths), readRuleFiles(last)];
  const [failed] = [...first.unreadable, ...final.unreadable];
  if (failed !== undefined) throw new Failure(`${failed.file}: ${failed.message}.`);
  const { resources } = options;
  const exceptions = final.files.map((file) => exceptionsToLoad(file, options));
  const files = [...first.files, ...(resources ?? []), ...own, ...exceptions];
  const isOther = new Set(own.map((file) => file.name)); // other rules of the page may be invalid already
  const { results, rules } = await loadFiles(files, settings, "once", { ...options, leaveOut: true });
  const errors = results.flatMap((result) => result.errors);
  const error = errors.find((one) => one.file === name) ?? errors.find((one) => !isOther.has(one.file));
  if (error?.file === name) throw new Failure(`Line ${error.line} of the text: ${sentence(error.message)}`);
  if (error !== undefined) throw new Failure(sentence(placed(error)));
  const isOwn = own.some((file) => file.name === name);
  if (!isOwn || rules.some(({ definition }) => definition.place.file.name === name)) return;
  const why = results.flatMap(({ warnings }) => warnings).find((one) => one.file === name)?.message;
  throw new Failure(sentence(`The rule would be skipped: ${why ?? "its source or the plugin of a field is missing"}`));
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
