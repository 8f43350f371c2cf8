import { dirname, join } from "node:path";
import type { Config } from "../../config/load.ts";
import { allOutputs, enabledOutputs } from "../../output/enabled.ts";
import { fieldsOf } from "../../response/action.ts";
import type { ActionHost } from "../../response/host.ts";
import { claimFields } from "../../response/limit/claim.ts";
import { actions } from "../../response/list.ts";
import { notifierNames } from "../../response/notifier/list.ts";
import { readResponses } from "../../response/rule/read.ts";
import type { Response, ResponseAction } from "../../response/rule/response.ts";
import { type SharedParameters, sharedParameterErrors } from "../../response/shared-parameters.ts";
import type { FileResult } from "../../rule/diagnostic.ts";
import type { RuleFile } from "../../rule/location.ts";
import { untrusted } from "../../server/file-trust.ts";
import { journalFile } from "../delivery/journal.ts";
import { Failure } from "../failure.ts";
import { home } from "../home.ts";
import { readRuleFiles } from "../load/rule-files.ts";
import { hostRoot } from "../sensor/host-root.ts";

/** Response rules and their files. */
export interface LoadedResponses {
  readonly files: readonly RuleFile[];
  readonly responses: readonly Response[];
  /** Fields that conditions, actions and budgets read. */
  readonly fields: readonly string[];
  /** Warnings, each with a position. */
  readonly remarks: readonly string[];
}

/**
 * Loads the response rules of the configuration.
 * @returns undefined if no response rule files are configured
 * @throws Failure with all errors
 */
export async function loadResponses(config: Config): Promise<LoadedResponses | undefined> {
  const paths = config.responses.rules_files ?? [];
  if (paths.length === 0) return undefined;
  if (!config.journal.enabled)
    throw new Failure("responses.rules_files requires the journal: set journal.enabled to true.");
  return loadValidResponses(paths, config, true);
}

/**
 * Loads response rules, all of which must be valid.
 * @param strict whether an unset environment variable is an error
 * @throws Failure with all errors
 */
export async function loadValidResponses(
  paths: readonly string[],
  config: Config,
  strict: boolean,
): Promise<LoadedResponses> {
  const shared = config.responses.parameters;
  const problems = await sharedParameterErrors(shared, actions);
  if (problems.length > 0) throw new Failure(problems.join("\n"));
  const ready = await readResponseFiles(paths, shared, strict, config.responses.notifiers);
  const { results, files } = ready;
  if (results.some(({ ok }) => !ok)) {
    const { namesOf, report } = await import("../load/report.ts");
    throw new Failure(`Cannot load the response rules.\n${report(results, files, namesOf(files))}`);
  }
  const open = ready.responses.flatMap(({ actions }) => actions.flatMap(changeableSecrets));
  if (open.length > 0) throw new Failure(open.join("\n"));
  return { ...ready, remarks: [...ready.remarks, ...disabledNotifiers(ready.responses, config)] };
}

/** Returns a warning for each notifier in response rules whose output is disabled. */
function disabledNotifiers(responses: readonly Response[], config: Config): string[] {
  const enabled = new Set(enabledOutputs(config).map(({ name }) => name));
  return allOutputs
    .filter(({ name }) => notifierNames.includes(name) && !enabled.has(name))
    .flatMap(({ name, section, enabledBy }) => {
      const rule = responses.find(({ notifiers }) => notifiers.includes(name));
      if (rule === undefined) return [];
      const { line, column } = rule.place.position();
      const where = `${rule.place.file.name}:${line}:${column}`;
      return [`${where}: The notifier ${name} of the rule "${rule.name}" is disabled. Set ${section}.${enabledBy}`];
    });
}

/** Returns an error message for each file with secrets of an action that other users can change. */
function changeableSecrets({ action, parameters, place }: ResponseAction): string[] {
  const { line, column } = place.position();
  return Object.entries(parameters).flatMap(([key, file]) => {
    const reason = key.endsWith("_file") && typeof file === "string" ? untrusted(file) : undefined;
    return reason === undefined ? [] : [`${place.file.name}:${line}:${column}: ${reason} (${action.name}, ${key}).`];
  });
}

/**
 * Loads response rules with all errors and warnings of each file.
 * @param shared parameters that the configuration sets for all rules
 * @param strict whether an unset environment variable is an error
 * @param notifiers notifiers that the configuration sets for all rules
 * @throws Failure if a file cannot be read
 */
export async function readResponseFiles(
  paths: readonly string[],
  shared: SharedParameters,
  strict: boolean,
  notifiers: readonly string[] = [],
): Promise<LoadedResponses & { readonly results: readonly FileResult[] }> {
  const { files, unreadable } = readRuleFiles(paths);
  if (unreadable.length > 0) throw new Failure(unreadable.map(({ file, message }) => `${file}: ${message}`).join("\n"));
  const environment = process.env;
  const { responses, results } = await readResponses(files, { actions, environment, strict, shared, notifiers });
  const remarks = results.flatMap(({ warnings }) =>
    warnings.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`),
  );
  return { files, responses, results, remarks, fields: fieldsOfResponses(responses) };
}

/** Returns the fields that conditions, actions and budgets of rules read. */
export function fieldsOfResponses(responses: readonly Response[]): readonly string[] {
  const fields = new Set(responses.flatMap(({ fields }) => [...fields]));
  if (responses.length > 0) for (const field of claimFields) fields.add(field);
  for (const { actions } of responses)
    for (const { action, parameters } of actions) for (const field of fieldsOf(action, parameters)) fields.add(field);
  return [...fields].sort();
}

/** Properties of this machine and of the agent that actions use. */
export function actionHost(config: Config, hostname: string): ActionHost {
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
