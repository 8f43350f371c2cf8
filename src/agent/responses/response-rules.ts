import { dirname, join } from "node:path";
import type { Config } from "../../config/load.ts";
import type { Place } from "../../response/host.ts";
import { actions } from "../../response/list.ts";
import { fieldsOf } from "../../response/needs.ts";
import { readResponses } from "../../response/rule/read.ts";
import type { Response } from "../../response/rule/response.ts";
import { mistakesIn, type SharedParameters } from "../../response/shared-parameters.ts";
import type { FileResult } from "../../rule/diagnostic.ts";
import type { RuleFile } from "../../rule/place.ts";
import { journalFile } from "../delivery/journal.ts";
import { Failure } from "../failure.ts";
import { home } from "../home.ts";
import { readRuleFiles } from "../load/rule-files.ts";
import { hostRoot } from "../sensor/live.ts";

/** Response rules that are ready. */
export interface ReadyResponses {
  readonly files: readonly RuleFile[];
  readonly responses: readonly Response[];
  /** The fields that conditions and actions look at. */
  readonly fields: readonly string[];
  /** What there is to say of the files that stops nothing. */
  readonly remarks: readonly string[];
}

/**
 * Reads the response rules that the configuration names.
 * @returns undefined where it names none
 * @throws Failure with every mistake in them
 */
export async function readyResponses(config: Config): Promise<ReadyResponses | undefined> {
  const paths = config.responses.rules_files ?? [];
  if (paths.length === 0) return undefined;
  if (!config.journal.enabled)
    throw new Failure("responses.rules_files needs the journal, which journal.enabled has switched off.");
  return rightResponses(paths, config, true);
}

/**
 * Reads response rules that have to be right.
 * @param strict whether it is a mistake that a variable is not set
 * @throws Failure with every mistake in them
 */
export async function rightResponses(
  paths: readonly string[],
  config: Config,
  strict: boolean,
): Promise<ReadyResponses> {
  const shared = config.responses.parameters;
  const mistakes = await mistakesIn(shared, actions);
  if (mistakes.length > 0) throw new Failure(mistakes.join("\n"));
  const ready = await readResponseFiles(paths, shared, strict);
  const { results, files } = ready;
  if (results.some(({ ok }) => !ok)) {
    const { namesOf, report } = await import("../load/report.ts");
    throw new Failure(`The response rules can't be loaded.\n${report(results, files, namesOf(files))}`);
  }
  return ready;
}

/**
 * Reads response rules, and says everything there is to say of each file.
 * @param shared what the configuration gives to all actions of a kind
 * @param strict whether it is a mistake that a variable is not set
 * @throws Failure where a file can't be read
 */
export async function readResponseFiles(
  paths: readonly string[],
  shared: SharedParameters,
  strict: boolean,
): Promise<ReadyResponses & { readonly results: readonly FileResult[] }> {
  const { files, unreadable } = readRuleFiles(paths);
  if (unreadable.length > 0) throw new Failure(unreadable.map(({ file, message }) => `${file}: ${message}`).join("\n"));
  const { responses, results } = await readResponses(files, { actions, environment: process.env, strict, shared });
  const remarks = results.flatMap(({ warnings }) =>
    warnings.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`),
  );
  return { files, responses, results, remarks, fields: fieldsNamed(responses) };
}

/** The fields that conditions and actions of rules look at. */
export function fieldsNamed(responses: readonly Response[]): readonly string[] {
  const fields = new Set(responses.flatMap(({ fields }) => [...fields]));
  for (const { actions } of responses)
    for (const { action, parameters } of actions) for (const field of fieldsOf(action, parameters)) fields.add(field);
  return [...fields].sort();
}

/** Where actions take effect. */
export function placeOf(config: Config, hostname: string): Place {
  const { docker, podman, containerd, cri } = config.containers;
  const below = (sockets: readonly string[]): string[] => sockets.map((socket) => join(hostRoot, socket));
  return {
    hostname,
    root: hostRoot,
    launcher: join(home, "bin/eyas"),
    folder: dirname(journalFile(config.journal)),
    runtimes: { docker: below(docker), podman: below(podman), containerd: below(containerd), cri: below(cri) },
  };
}
