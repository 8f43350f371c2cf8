import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RuleSettingRequest } from "../../api/agent-view.ts";
import type { Config } from "../../config/load.ts";
import type { RuleFile } from "../../rule/location.ts";
import type { Selection } from "../../rule/select.ts";
import { journalFile } from "../delivery/journal.ts";
import type { LeftOut } from "../load/left-out.ts";
import type { SkippedFile } from "../load/loadable-files.ts";
import type { LoadingOptions } from "../load/ready-rules.ts";
import { type RuleOrder, runTrial, trialSettings } from "../load/trial.ts";

/** Path of the file with the rules and settings from the page. */
export function pageRulesFile({
  web_page: { rules_file: file },
  journal,
}: Pick<Config, "journal" | "web_page">): string {
  return file === "" ? join(dirname(journalFile(journal)), "page-rules.json") : file;
}

/** The path of the file as a list; empty if the file does not exist. */
export function pageRuleFiles(config: Config): readonly string[] {
  const file = pageRulesFile(config);
  return existsSync(file) ? [file] : [];
}

/** Rules and settings from the page. */
export interface PageRules {
  /** Rule files with the rules and priorities from the page. */
  readonly files: readonly RuleFile[];
  /** Rule selections to apply after the selections in the configuration. */
  readonly selections: readonly Selection[];
  /**
   * Reason why the file cannot be read, as a sentence; undefined if the file was read. If set, no settings are applied.
   */
  readonly problem?: string;
}

const NONE: PageRules = { files: [], selections: [] };

/** Reads the rules and settings from the page. A file that cannot be read must not stop detection. */
export async function pageRules(config: Config): Promise<PageRules> {
  const file = pageRulesFile(config);
  if (!existsSync(file)) return NONE;
  const { ruleFilesOf, selectionsOf } = await import("../../api/rule-settings/files.ts");
  const { settingsIn } = await import("../../api/rule-settings/settings.ts");
  const { readPageFile } = await import("./page-file.ts");
  try {
    const settings = settingsIn(readPageFile(file)?.text ?? "");
    return { files: ruleFilesOf(settings), selections: selectionsOf(settings) };
  } catch (error) {
    return { ...NONE, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** A file of the page that is left out of the load. */
export function leftOutPageRule({ file, reason }: SkippedFile): LeftOut {
  const rule = file.slice(file.indexOf("/") + 1);
  return { sentence: `A rule from the web UI is not loaded: ${reason}`, file, rules: [rule], isGap: true };
}

/** A change to the file, which can be undone. */
export interface PageRulesChange {
  readonly file: string;
  /** Restores the file, unless it has been changed again. */
  undo(): void;
}

/**
 * Changes a rule or its settings in the file, after checking that the rules load with the change.
 * @param paths active rule files, without the files of the page
 * @param last path of the exceptions file, if it exists
 * @throws RuleConflict; Failure if the change is invalid or cannot be written. The file is then unchanged
 */
export async function changePageRules(
  request: RuleSettingRequest,
  paths: readonly string[],
  last: readonly string[],
  config: Config,
  options: Omit<LoadingOptions, "last" | "pageRules" | "pause">,
): Promise<PageRulesChange> {
  const { changedSettings } = await import("../../api/rule-settings/change.ts");
  const { ownRuleFile, ruleFilesOf } = await import("../../api/rule-settings/files.ts");
  const { NO_SETTINGS, settingsIn, settingsText } = await import("../../api/rule-settings/settings.ts");
  const { readPageFile, replaceFile, restoreFile } = await import("./page-file.ts");
  const file = pageRulesFile(config);
  const before = readPageFile(file);
  const known = before === undefined ? NO_SETTINGS : settingsIn(before.text);
  const changed = await changedSettings(request, known, Date.now());
  const text = settingsText(changed);
  settingsIn(text); // a file that cannot be read would discard all changes
  const order: RuleOrder = {
    ...{ kind: "rule", name: ownRuleFile(request.rule), files: ruleFilesOf(changed) },
    ...{ paths, last, settings: trialSettings(config), options },
  };
  if ((await runTrial(order)) === undefined) {
    const { checkRule } = await import("./check-rule.ts");
    await checkRule(order); // no worker available
  }
  replaceFile(file, text, before);
  return { file, undo: () => restoreFile(file, before, text) };
}
