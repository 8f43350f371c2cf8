import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ExceptionRequest } from "../../api/agent-view.ts";
import type { ExceptionEntry } from "../../api/exceptions/entries.ts";
import type { Config } from "../../config/load.ts";
import { journalFile } from "../delivery/journal.ts";
import type { LoadingOptions } from "../load/ready-rules.ts";
import { type ExceptionsOrder, runTrial, trialSettings } from "../load/trial.ts";

/** Path of the rule file with the exceptions from the web UI. It is loaded after all other rule files. */
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
  /** Reason why the history of earlier changes is lost; absent if it is not lost. */
  readonly lost?: string;
  /** Restores the file and its history, unless the file has been changed again. */
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
  const { linesOf } = await import("../../api/exceptions/entries.ts");
  const { changesIn, historyFile, historyText } = await import("../../api/exceptions/history.ts");
  const { overwriteFile, readPageFile, readHistory, replaceFile, restoreFile } = await import("./page-file.ts");
  const file = exceptionsFile(config);
  const history = historyFile(file);
  const before = readPageFile(file);
  const { past, lost } = readHistory(history, request);
  const { text, changes, changed, submitted } = await changedExceptions(
    ...([request, before?.text, changesIn(past?.text ?? ""), Date.now(), file] as const),
  );
  const order: ExceptionsOrder = {
    ...{ kind: "exceptions", file: { name: file, text, before: before?.text ?? "" }, changed: changed.map(linesOf) },
    ...{ paths, settings: trialSettings(config), options },
    ...(submitted !== undefined && { yaml: submitted }),
  };
  if ((await runTrial(order)) === undefined) {
    const { checkExceptions } = await import("./check-exceptions.ts");
    await checkExceptions(order); // no worker available
  }
  // The history is written first, so that nothing changes if the disk is full.
  const next = historyText(changes);
  const isRecorded = lost?.isFile !== false && next !== historyText(changesIn(past?.text ?? ""));
  if (isRecorded && lost === undefined) replaceFile(history, next, past);
  else if (isRecorded) overwriteFile(history, next);
  try {
    replaceFile(file, text, before);
  } catch (error) {
    if (isRecorded && lost === undefined) restoreFile(history, past, next);
    throw error;
  }
  return {
    ...{ file, changed },
    ...(lost && { lost: lost.reason }),
    undo() {
      restoreFile(file, before, text);
      if (isRecorded && lost === undefined) restoreFile(history, past, next);
    },
  };
}
