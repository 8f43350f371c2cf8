import { join } from "node:path";
import { type Alert, type AlertOptions, prepareAlert, type Raise } from "../alert/alert.ts";
import type { Config } from "../config/load.ts";
import { vocabulary } from "../field/catalogue.ts";
import type { Observed } from "../machine/observed.ts";
import type { FileResult } from "../rule/diagnostic.ts";
import { type EventCondition, eventLanguage, isLeftSide } from "../rule/language.ts";
import { type LoadedRules, loadRules } from "../rule/load.ts";
import { parseOutput, type Template, type TemplateField } from "../rule/output.ts";
import type { RuleFile } from "../rule/place.ts";
import { priorities } from "../rule/rule.ts";
import { buildRuleset, type LoadedRule, type Ruleset } from "../rule/ruleset.ts";
import { selectRules } from "../rule/select.ts";
import { Failure } from "./failure.ts";
import { home } from "./home.ts";
import { readRuleFiles } from "./rule-files.ts";

/** The keys of the configuration that loading rules and printing alerts look at. */
export type RuleSettings = Pick<
  Config,
  | "append_output"
  | "buffer_format_base64"
  | "json_include_message_property"
  | "json_include_output_fields_property"
  | "json_include_output_property"
  | "json_include_tags_property"
  | "priority"
  | "rules"
  | "static_fields"
  | "time_format_iso_8601"
>;

/** Rules that are ready, and what makes their alerts. */
export interface ReadyRules {
  readonly ruleset: Ruleset;
  /** The alert of the ruleset's rule with this number. */
  raise(rule: number, event: Observed): Alert;
  /** What loading had to say: no errors. */
  readonly results: readonly FileResult[];
}

const SYSCALL = "syscall";

/** Where the rules that come with Eyas are. */
export const defaultRules: readonly string[] = [join(home, "rules")];

/** Loads rule files for the events of system calls, and says everything there is to say of each file. */
export function loadFiles(
  files: readonly RuleFile[],
  settings: Pick<RuleSettings, "append_output" | "buffer_format_base64" | "static_fields">,
  results: "each" | "all",
): Promise<LoadedRules<EventCondition, Template>> {
  const known = vocabulary(settings.static_fields);
  const language = eventLanguage(known, { base64Buffers: settings.buffer_format_base64 });
  const sources = {
    has: (source: string) => source === SYSCALL,
    hasField: (_source: string, field: string) => isLeftSide(field, known),
  };
  return loadRules(files, language, { sources, extraOutputs: settings.append_output, results });
}

/**
 * Loads the rules that a run or a replay uses.
 * @param paths rule files and folders
 * @throws Failure where a file can't be read or has a mistake; all mistakes are in its message
 */
export async function readyRules(
  paths: readonly string[],
  settings: RuleSettings,
  match: "first" | "all",
  hostname: string,
): Promise<ReadyRules> {
  const { files, unreadable } = readRuleFiles(paths);
  if (unreadable.length > 0) throw new Failure(unreadable.map(({ file, message }) => `${file}: ${message}`).join("\n"));
  const { rules, results } = await loadFiles(files, settings, "all");
  if (results.some(({ ok }) => !ok)) {
    const { report } = await import("./check.ts");
    throw new Failure(`The rules can't be loaded.\n${report(results, files)}`);
  }
  const least = priorities.findIndex((priority) => priority.toLowerCase() === settings.priority);
  const severe = rules.filter(({ priority }) => priorities.indexOf(priority) <= least);
  const ruleset = buildRuleset(selectRules(severe, settings.rules), match);
  const options: AlertOptions = {
    hostname,
    isoTime: settings.time_format_iso_8601,
    includeOutput: settings.json_include_output_property,
    includeMessage: settings.json_include_message_property,
    includeFields: settings.json_include_output_fields_property,
    includeTags: settings.json_include_tags_property,
  };
  const raises: (Raise | undefined)[] = ruleset.rules.map(() => undefined);
  return {
    ruleset,
    results,
    raise(rule, event) {
      const ready = raises[rule] ?? prepare(ruleset.rules[rule], settings, options);
      raises[rule] = ready;
      return ready(event);
    },
  };
}

/** Most rules never match: what their alerts need is made when one does. */
function prepare(rule: LoadedRule, settings: RuleSettings, options: AlertOptions): Raise {
  return prepareAlert(rule, rule.template, extraFields(rule, settings), options);
}

function extraFields(rule: LoadedRule, settings: RuleSettings): TemplateField[] {
  const known = vocabulary(settings.static_fields);
  const printing = { base64Buffers: settings.buffer_format_base64 };
  const fields: TemplateField[] = [];
  for (const extra of settings.append_output) {
    if (extra.source !== undefined && extra.source !== rule.source) continue;
    if (extra.rule !== undefined && extra.rule !== rule.name) continue;
    if (!extra.tags.every((tag) => rule.tags.includes(tag))) continue;
    for (const { name, format } of extra.extraFields) {
      const template = parseOutput(format ?? `%${name}`, known, printing);
      const field = format === undefined ? template.fields[0] : undefined;
      fields.push(field ?? { name, json: (event) => JSON.stringify(template.text(event)) });
    }
  }
  return fields;
}
