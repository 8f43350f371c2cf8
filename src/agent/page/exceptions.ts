import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ExceptionRequest } from "../../api/agent-view.ts";
import type { ExceptionEntry } from "../../api/exceptions/entries.ts";
import type { Config } from "../../config/load.ts";
import { journalFile } from "../delivery/journal.ts";
import { Failure } from "../failure.ts";
import { type LoadingOptions, loadFiles } from "../load/ready-rules.ts";
import { readRuleFiles } from "../load/rule-files.ts";
import { type ExceptionsOrder, runTrial, trialSettings } from "../load/trial.ts";

/** Path of the rule file with the exceptions from the web page. It is loaded after all other rule files. */
export function exceptionsFile(config: Config): string {
  const { exceptions_file: file } = config.web_page;
  return file === "" ? join(dirname(journalFile(config.journal)), "exceptions.yaml") : file;
}

/** The exceptions file as a list of rule files to load; empty if the file does not exist. */
export function exceptionFiles(config: Config): readonly string[] {
  const file = exceptionsFile(config);
  return existsSync(file) ? [file] : [];
}

/** A change to the exceptions file, which can be undone. */
export interface ExceptionsChange {
  readonly file: string;
  /** The added or changed exceptions. */
  readonly changed: readonly ExceptionEntry[];
  /** Restores the file and its history, unless the file has been changed since. */
  undo(): void;
}

/**
 * Changes the exceptions file after checking that the rules load with the change.
 * @param paths active rule files, without the exceptions file
 * @throws ExceptionConflict; Failure if the change is invalid or cannot be written, which leaves the files unchanged
 */
export async function changeExceptions(
  request: ExceptionRequest,
  paths: readonly string[],
  config: Config,
  options: Omit<LoadingOptions, "pause">,
): Promise<ExceptionsChange> {
  const { changedExceptions } = await import("../../api/exceptions/change.ts");
  const { changesIn, historyFile, historyText } = await import("../../api/exceptions/history.ts");
  const { readExceptions, replaceFile, restoreFile } = await import("./exceptions-file.ts");
  const file = exceptionsFile(config);
  const history = historyFile(file);
  const before = readExceptions(file);
  const past = readExceptions(history);
  const { text, changes, changed, submitted } = await changedExceptions(
    ...([request, before?.text, changesIn(past?.text ?? ""), Date.now()] as const),
  );
  const order: ExceptionsOrder = {
    ...{ kind: "exceptions", file: { name: file, text }, paths, settings: trialSettings(config), options },
    ...(submitted !== undefined && { yaml: submitted }),
  };
  if ((await runTrial(order)) === undefined) await checkExceptions(order); // no worker available
  // The history is written first: if the disk is full, nothing has changed then.
  const next = historyText(changes);
  const isRecorded = next !== historyText(changesIn(past?.text ?? ""));
  if (isRecorded) replaceFile(history, next, past);
  try {
    replaceFile(file, text, before);
  } catch (error) {
    if (isRecorded) restoreFile(history, past, next);
    throw error;
  }
  return {
    ...{ file, changed },
    undo() {
      restoreFile(file, before, text);
      if (isRecorded) restoreFile(history, past, next);
    },
  };
}

/**
 * Checks that the YAML contains only exceptions, and that all rules load with them.
 * @throws Failure
 */
export async function checkExceptions({ yaml, file, paths, settings, options }: ExceptionsOrder): Promise<void> {
  if (yaml !== undefined) await checkForm(yaml);
  const { files, unreadable } = readRuleFiles(paths);
  const [failed] = unreadable;
  if (failed !== undefined) throw new Failure(`${failed.file}: ${failed.message}.`);
  const { results } = await loadFiles([...files, ...(options.resources ?? []), file], settings, "all", {
    ...options,
    leaveOut: true,
  });
  const mistake = results.flatMap(({ errors }) => errors)[0];
  if (mistake !== undefined) throw new Failure(`${mistake.message}.`);
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
