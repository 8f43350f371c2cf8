import { Failure } from "../agent/failure.ts";
import { host } from "../agent/load/load.ts";
import { actionHost, readResponseFiles } from "../agent/responses/response-rules.ts";
import { release, type SuspendedTargets, suspendedTargets } from "../response/release.ts";
import type { UndoSettings } from "../response/undo-parameters.ts";
import { count } from "../telemetry/log-lines.ts";
import { print, printError, printJsonText } from "../telemetry/print.ts";
import { visible } from "../telemetry/visible.ts";
import type { Request } from "./respond-commands.ts";
import { stepLine, stepObject } from "./respond-text.ts";

/** `eyas respond suspended`: prints the suspended targets. */
export function listSuspended({ options, file }: Request): void {
  const { targets: found, unlisted } = suspended(file);
  for (const { step, undoneBy } of found)
    (options.json ? printJsonText : print)(
      options.json
        ? `${JSON.stringify({ ...stepObject(step), released_by: undoneBy })}\n`
        : `${step.id}  ${new Date(step.time).toISOString()}  ${visible(`${step.target} (${step.action}, ${step.response})`)}\n`,
    );
  if (found.length === 0 && !options.json) printError("No suspended targets.\n");
  if (unlisted > 0)
    printError(`${count(unlisted, "older suspended target")} not listed, because there are too many.\n`);
}

/** `eyas respond release`: releases suspended targets. */
export async function releaseSuspended({ options, config, file, alert: wanted }: Request): Promise<void> {
  if (wanted === undefined) throw new Failure("Missing target: specify a number from eyas respond suspended, or all.");
  const { targets: found } = suspended(file);
  const chosen = wanted === "all" ? found : found.filter(({ step }) => String(step.id) === wanted);
  if (chosen.length === 0 && wanted !== "all")
    throw new Failure(`No suspended target ${wanted}: see eyas respond suspended.`);
  const settings = await undoSettings(config);
  let failed = 0;
  for (const each of chosen) {
    const step = await release(each, file, actionHost(config, host), settings);
    if (step.state === "failed") failed++;
    (options.json ? printJsonText : print)(
      options.json ? `${JSON.stringify(stepObject(step))}\n` : stepLine({ ...step, alert: undefined }),
    );
  }
  if (failed > 0) throw new Failure(`${failed} of ${chosen.length} targets could not be released.`);
  if (chosen.length === 0 && !options.json) printError("No suspended targets.\n");
}

/** Reads response rules and shared parameters. Errors in rules do not prevent the release of a target. */
async function undoSettings({ responses }: Request["config"]): Promise<UndoSettings> {
  const shared = responses.parameters;
  const paths = responses.rules_files ?? [];
  try {
    if (paths.length === 0) return { responses: [], shared };
    const { responses: rules, results } = await readResponseFiles(paths, shared, false);
    if (results.some(({ ok }) => !ok)) throw new Failure("the response rules have errors; see `eyas check`");
    return { responses: rules, shared };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    printError(`Parameters in response rules are ignored: ${reason}\n`);
    return { responses: [], shared };
  }
}

function suspended(file: string): SuspendedTargets {
  const found = suspendedTargets(file);
  if (found === undefined) throw new Failure(`No journal at ${file}. eyas run creates one.`);
  return found;
}
