import { join } from "node:path";
import { type Alert, type AlertOptions, prepareAlert, type Raise } from "../alert/alert.ts";
import type { Config } from "../config/load.ts";
import { fieldClasses, vocabulary, type Words } from "../field/catalogue.ts";
import type { Observed } from "../machine/observed.ts";
import type { FileResult } from "../rule/diagnostic.ts";
import { type EventCondition, eventLanguage, isLeftSide } from "../rule/language.ts";
import { type LoadedRules, loadRules } from "../rule/load.ts";
import { OutputError, parseOutput, type Template, type TemplateField } from "../rule/output.ts";
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
  /** Everything that was loaded, what is switched off too. */
  readonly loaded: LoadedRules<EventCondition, Template>;
  /** Whether a rule or an output asks which container or pod a process is in. */
  readonly wantsContainers: boolean;
}

const SYSCALL = "syscall";

/**
 * The rules that come with Eyas. The order counts where only the first rule that matches says something: rules that
 * speak of one attack come before those that speak of what may be one.
 */
export const defaultRules: readonly string[] = ["syscall.yaml", "syscall-incubating.yaml"].map((name) =>
  join(home, "rules", name),
);

/** Loads rule files for the events of system calls, and says everything there is to say of each file. */
export function loadFiles(
  files: readonly RuleFile[],
  settings: Pick<RuleSettings, "append_output" | "buffer_format_base64" | "static_fields">,
  results: "each" | "all",
  used: (field: string) => void = () => {},
  pause?: () => void,
): Promise<LoadedRules<EventCondition, Template>> {
  const known = vocabulary(settings.static_fields);
  const noted: Words = {
    ...known,
    lookup(text) {
      const use = known.lookup(text);
      if (use !== undefined) used(use.field.name);
      return use;
    },
  };
  const language = eventLanguage(noted, { base64Buffers: settings.buffer_format_base64 });
  const sources = {
    has: (source: string) => source === SYSCALL,
    names: [SYSCALL],
    fieldNames: known.names.fields,
    hasField: (_source: string, field: string) => isLeftSide(field, known),
  };
  const extraOutputs = settings.append_output.map((extra) => ({ ...extra, extraOutput: extraText(extra) }));
  return loadRules(files, language, { sources, extraOutputs, results, ...(pause && { pause }) });
}

/** What the source of system calls suggests to add to outputs: whose a process is. */
const suggested = ["container.id", "container.name", "container.image.repository", "container.image.tag"]
  .concat("k8s.pod.name", "k8s.ns.name")
  .map((field) => `${field.replaceAll(".", "_")}=%${field}`);

function extraText({ extraOutput, source, suggestedOutput }: RuleSettings["append_output"][number]): string {
  const suggestions = suggestedOutput && (source ?? SYSCALL) === SYSCALL ? suggested : [];
  return [extraOutput, ...suggestions].filter((text) => text !== "").join(" ");
}

/**
 * Loads the rules that a run or a replay uses.
 * @param paths rule files and folders
 * @param pause called every few milliseconds
 * @throws Failure where a file can't be read or has a mistake; all mistakes are in its message
 */
export async function readyRules(
  paths: readonly string[],
  settings: RuleSettings,
  match: "first" | "all",
  hostname: string,
  pause?: () => void,
): Promise<ReadyRules> {
  const { files, unreadable } = readRuleFiles(paths);
  if (unreadable.length > 0) throw new Failure(unreadable.map(({ file, message }) => `${file}: ${message}`).join("\n"));
  let wantsContainers = settings.append_output.some(({ extraFields }) =>
    extraFields.some(({ name, format }) => /(container|k8s)\./.test(format ?? name)),
  );
  const used = (field: string): void => {
    wantsContainers ||= aboutContainers.has(field);
  };
  const loaded = await loadFiles(files, settings, "all", used, pause);
  const { rules, results } = loaded;
  if (results.some(({ ok }) => !ok)) {
    const { report } = await import("./check.ts");
    throw new Failure(`The rules can't be loaded.\n${report(results, files)}`);
  }
  const least = priorities.findIndex((priority) => priority.toLowerCase() === settings.priority);
  const severe = rules.filter(({ priority }) => priorities.indexOf(priority) <= least);
  const ruleset = buildRuleset(selectRules(severe, settings.rules), match);
  const options = alertOptions(settings, hostname);
  const extra = extras(settings);
  const raises: (Raise | undefined)[] = ruleset.rules.map(() => undefined);
  return {
    ruleset,
    results,
    loaded,
    wantsContainers,
    raise(rule, event) {
      const known = raises[rule];
      if (known !== undefined) return known(event);
      // Most rules never match: what their alerts need is made when one does.
      const loaded = ruleset.rules[rule];
      const added = extra.filter(({ matches }) => matches(loaded)).flatMap(({ fields }) => fields);
      const made = prepareAlert(loaded, loaded.template, added, options);
      raises[rule] = made;
      return made(event);
    },
  };
}

/** How the configuration wants alerts. */
export function alertOptions(settings: RuleSettings, hostname: string): AlertOptions {
  return {
    hostname,
    isoTime: settings.time_format_iso_8601,
    includeOutput: settings.json_include_output_property,
    includeMessage: settings.json_include_message_property,
    includeFields: settings.json_include_output_fields_property,
    includeTags: settings.json_include_tags_property,
  };
}

const aboutContainers: ReadonlySet<string> = new Set(
  fieldClasses
    .filter(({ name }) => name === "container" || name === "k8s")
    .flatMap(({ fields }) => fields.map((field) => field.name)),
);

/** Fields beside the rule's own that the configuration adds to the alerts of some rules. */
interface Extra {
  readonly matches: (rule: LoadedRule) => boolean;
  readonly fields: readonly TemplateField[];
}

/** @throws Failure where an extra field is none */
function extras(settings: RuleSettings): Extra[] {
  const known = vocabulary(settings.static_fields);
  const printing = { base64Buffers: settings.buffer_format_base64 };
  const field = ({ name, format }: { name: string; format: string | undefined }): TemplateField => {
    try {
      const template = parseOutput(format ?? `%${name}`, known, printing);
      const plain = format === undefined ? template.fields[0] : undefined;
      return plain ?? { name, json: (event) => JSON.stringify(template.text(event)) };
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      throw new Failure(`append_output can't add "${name}": ${error.message}`);
    }
  };
  return settings.append_output.map(({ rule, source, tags, extraFields }) => ({
    matches: (one) =>
      (rule === undefined || rule === one.name) &&
      (source === undefined || source === one.source) &&
      tags.every((tag) => one.tags.includes(tag)),
    fields: extraFields.map(field),
  }));
}
