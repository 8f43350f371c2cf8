import { inOrder, type RuleResource } from "../../context/kubernetes/rule-resources.ts";
import type { RuleFile } from "../../rule/location.ts";
import { visibleLines } from "../../telemetry/visible.ts";
import { Failure, InvalidRules } from "../failure.ts";
import type { CheckedFiles } from "../load/load.ts";
import { fileOf } from "./isolate.ts";
import type { Verdict } from "./review.ts";

/** Loads all files in a worker, with these resources. @returns undefined if no worker can start */
export type Trial = (files: readonly RuleFile[]) => Promise<CheckedFiles | undefined>;

/**
 * Checks whether all rules load with a new version of a resource, together with the other resources in use. Never
 * rejects.
 */
export async function checkResource(
  resource: RuleResource,
  inUse: Iterable<RuleResource>,
  trial: Trial,
): Promise<Verdict> {
  if (resource.problem !== undefined) return { allowed: false, reason: resource.problem };
  const others = [...inUse].filter(({ name }) => name !== resource.name);
  const all = [...others, resource].sort(inOrder);
  const files = all.map(fileOf);
  const own = fileOf(resource).name;
  try {
    const checked = await trial(files);
    if (checked === undefined) return { unknown: "There is not enough memory to check the rules: try again later." };
    return { allowed: true, warnings: checked.warnings.filter((each) => each.startsWith(`${own}:`)).map(visibleLines) };
  } catch (error) {
    if (!(error instanceof Failure)) return { unknown: "The rules cannot be checked because of an internal error." };
    if (!(error instanceof InvalidRules)) return { allowed: false, reason: firstLine(error.message) };
    const names = new Set(files.map(({ name }) => name));
    const found = [...error.errors].filter(([file]) => names.has(file)).flatMap(([, errors]) => errors);
    if (found.length === 0)
      return { unknown: `The rule files of the webhook are invalid: ${firstLine(error.message)}` };
    return { allowed: false, reason: visibleLines(found.join("\n")) };
  }
}

function firstLine(text: string): string {
  return visibleLines(text.split("\n", 1)[0] ?? "");
}
