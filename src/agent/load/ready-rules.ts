import { join } from "node:path";
import { type AlertOptions, prepareAlert, type Raise, type RuleAlert } from "../../alert/alert.ts";
import { addListedNames } from "../../condition/listed-names.ts";
import type { Config } from "../../config/load.ts";
import { EVENT_TYPES, EventCode } from "../../event/code.ts";
import type { RuleVocabulary } from "../../field/catalogue.ts";
import type { Printing } from "../../field/field.ts";
import type { Enrichment } from "../../field/role.ts";
import { enrichmentOf, enrichmentsIn, suggestedFields } from "../../field/roles.ts";
import { SYSCALL } from "../../field/sources.ts";
import type { Observed } from "../../machine/observed.ts";
import type { ExtraOutput } from "../../rule/compile.ts";
import type { FileResult } from "../../rule/diagnostic.ts";
import type { EventCondition } from "../../rule/language.ts";
import { type Languages, openLanguages } from "../../rule/languages.ts";
import { type LoadedRules, loadRules } from "../../rule/load.ts";
import type { RuleFile } from "../../rule/location.ts";
import { OutputError, parseOutput, type Template, type TemplateField } from "../../rule/output.ts";
import type { ParsedFiles } from "../../rule/parse-yaml.ts";
import type { Pause } from "../../rule/pause.ts";
import { priorities } from "../../rule/rule.ts";
import { buildRuleset, type CompiledRuleset, type LoadedRule } from "../../rule/ruleset.ts";
import { type SelectedRules, selectRules } from "../../rule/select.ts";
import { defaultRuleFiles } from "../../source/sources.ts";
import type { Gap } from "../../workbench/gaps.ts";
import type { NeededPodData } from "../context/kubernetes.ts";
import { Failure, InvalidRules } from "../failure.ts";
import { home } from "../home.ts";
import { addedErrors } from "./added-errors.ts";
import { indicatorLists } from "./indicators.ts";
import { type LeftOut, whatIsLeftOut } from "./left-out.ts";
import { readRuleFiles } from "./rule-files.ts";

/** Configuration keys for loading rules and printing alerts. */
export type RuleSettings = Pick<
  Config,
  | "append_output"
  | "buffer_format_base64"
  | "indicators"
  | "json_include_message_property"
  | "json_include_output_fields_property"
  | "json_include_output_property"
  | "json_include_tags_property"
  | "priority"
  | "rules"
  | "static_fields"
  | "time_format_iso_8601"
>;

/** The rules for the events of a source, and the function that creates their alerts. */
export interface SourceRules {
  readonly ruleset: CompiledRuleset;
  /** Creates the alert for a match. `rule` is the index of the rule in the ruleset. */
  raise(rule: number, event: Observed): RuleAlert;
}

/** Compiled rules for system calls, and, by source name, for other sources. */
export interface ReadyRules extends SourceRules, Wants {
  of(source: string): SourceRules;
  /** Fields of a source. Fields that are loaded on demand are included only if a rule uses them. */
  words(source: string): RuleVocabulary | undefined;
  /** Warnings about the rule files. */
  readonly results: readonly FileResult[];
  /** Files and rules that are skipped because a plugin or source is missing. */
  readonly leftOut: readonly LeftOut[];
  /** Events and fields that enabled rules use but the sensor never provides. Empty unless this machine is watched. */
  readonly gaps: readonly Gap[];
  /** Domain names in rules that are compared with the names of IP addresses. */
  readonly listedNames: ReadonlySet<string>;
  /** The rules that are evaluated. */
  readonly selected: SelectedRules<LoadedRule>;
  /** All loaded rules, including disabled ones. */
  readonly loaded: LoadedRules<EventCondition, Template>;
}

/** Enrichment that rules and outputs need. */
interface Wants {
  /** Whether the container and the pod of each process are needed. */
  readonly wantsContainers: boolean;
  /** Whether events for the start and end of containers are needed. */
  readonly wantsContainerEvents: boolean;
  /** Whether the task or app of each process is needed; implies containers. */
  readonly wantsWorkloads: boolean;
  /** Whether the users of exec sessions in pods are needed; implies containers. */
  readonly wantsSessions: boolean;
  /** Which pod metadata is needed from the API server; implies containers. */
  readonly wantsPods: NeededPodData;
  /** Whether metadata of the machine, its cluster or its cloud is needed. */
  readonly wantsHost: boolean;
  /** Whether the names of IP addresses are needed. */
  readonly wantsNames: boolean;
  /** Whether the hashes and packages of executables are needed. */
  readonly wantsIdentity: boolean;
}

/**
 * Enrichment that does not need the container of a process. Container events are requested separately
 * (`wantsContainerEvents`), and a capture always contains them.
 */
const OF_NO_CONTAINER: ReadonlySet<Enrichment> = new Set(["machine", "identity", "container-events"]);

function wantsOf(needs: ReadonlySet<Enrichment>): Wants {
  const related = needs.has("pod-owners");
  return {
    wantsContainers: [...needs].some((need) => !OF_NO_CONTAINER.has(need)),
    wantsContainerEvents: needs.has("container-events"),
    wantsWorkloads: needs.has("workload"),
    wantsSessions: needs.has("session"),
    wantsPods: { pods: related || needs.has("pod-object") || needs.has("pod"), related },
    wantsHost: needs.has("machine"),
    wantsNames: needs.has("dns"),
    wantsIdentity: needs.has("identity"),
  };
}

/** Paths of the default rule files for these sources. */
export function defaultRulesOf(sources: readonly string[]): string[] {
  return defaultRuleFiles(sources).map((name) => join(home, "rules", name));
}

export const defaultRules: readonly string[] = defaultRulesOf([SYSCALL]);

/** Additional options for loading rules. */
export interface LoadingOptions {
  /** Names of user-defined sources. */
  readonly sources?: readonly string[];
  /** Whether rule files that need an absent plugin or source are an error, instead of being skipped. */
  readonly strict?: boolean | undefined;
  /** Whether to skip rule files that need a missing plugin. */
  readonly leaveOut?: boolean;
  /** Rule files from EyasRules resources, loaded after the other files. Undefined if resources are not enabled. */
  readonly resources?: readonly RuleFile[];
  /** Rules and priorities that the page sets, loaded after `resources`. */
  readonly pageRules?: readonly RuleFile[];
  /** Whether the page has rules that are not in `pageRules`. Exceptions can depend on them. */
  readonly lacksPageRules?: boolean;
  /** Exceptions, which are loaded after `pageRules` (see {@link exceptionsToLoad}). */
  readonly last?: readonly string[];
  /** Called between steps, so that the caller can do other work, such as evaluating events. */
  readonly pause?: Pause;
  /** Results of the full YAML parser to reuse. New results are added. */
  readonly parsed?: ParsedFiles;
  /** Additional fields, which alerts include if the event has values for them. */
  readonly alsoFields?: readonly string[];
  /** Whether alerts of network events include the Community ID. */
  readonly communityId?: boolean;
}

/** Name of the field with the Community ID. */
const COMMUNITY_ID = "net.community_id";

/** Configuration keys that affect the compilation of conditions. */
export type LanguageSettings = Pick<RuleSettings, "buffer_format_base64" | "static_fields"> &
  Partial<Pick<RuleSettings, "indicators">>;

/** The condition and output languages of each source, for a configuration. */
function languagesFor(
  { static_fields, buffer_format_base64, indicators = [] }: LanguageSettings,
  { sources }: LoadingOptions,
  used?: (field: string) => void,
): Languages {
  return openLanguages({
    printing: { base64Buffers: buffer_format_base64 },
    statics: static_fields,
    indicators: indicatorLists(indicators),
    ...(sources && { sources }),
    ...(used && { used }),
  });
}

/** Loads rule files and returns all diagnostics. */
export function loadFiles(
  files: readonly RuleFile[],
  settings: LanguageSettings & Pick<RuleSettings, "append_output">,
  results: "each" | "all" | "once",
  options: LoadingOptions = {},
): Promise<LoadedRules<EventCondition, Template>> {
  return loadWith(languagesFor(settings, options), files, settings, results, options);
}

function loadWith(
  languages: Languages,
  files: readonly RuleFile[],
  { append_output }: Pick<RuleSettings, "append_output">,
  results: "each" | "all" | "once",
  { pause, parsed, communityId, leaveOut = false, alsoFields = [] }: LoadingOptions,
): Promise<LoadedRules<EventCondition, Template>> {
  const texts = append_output.flatMap(({ extraOutput, extraFields }) => [
    extraOutput,
    ...extraFields.map(({ name, format }) => format ?? name),
  ]);
  return loadRules(files, languages.language, {
    sources: languages,
    texts: [...texts, ...alsoFields, ...(communityId ? [COMMUNITY_ID] : [])],
    /** A getter, because the sources are known only after the files are parsed. */
    get extraOutputs() {
      return append_output.flatMap((extra) => extraTexts(extra, languages));
    },
    ...{ results, leaveOut },
    ...(pause && { pause }),
    ...(parsed && { parsed }),
  });
}

/** Output that `suggested_output` appends: the container and the pod of the process. */
const suggested = suggestedFields.map((field) => `${field.replaceAll(".", "_")}=%${field}`);

type Extra = RuleSettings["append_output"][number];

/**
 * Output texts that an entry of `append_output` adds. Without `source`, the texts apply to all sources that have the
 * fields.
 */
function extraTexts(extra: Extra, languages: Languages): ExtraOutput[] {
  const { extraOutput, source, suggestedOutput } = extra;
  const ready = [...languages.ready()];
  const fit = source === undefined ? ready.filter((one) => fits(extraOutput, one, languages)) : [];
  const partly = fit.length > 0 && fit.length < ready.length;
  const texts: ExtraOutput[] =
    extraOutput === "" ? [] : partly ? fit.map((one) => ({ ...extra, source: one })) : [extra];
  if (suggestedOutput && (source ?? SYSCALL) === SYSCALL) {
    texts.push({ ...extra, source: SYSCALL, extraOutput: suggested.join(" ") });
  }
  return texts;
}

function fits(output: string, source: string, { language }: Languages): boolean {
  try {
    language.template(output, source);
    return true;
  } catch (error) {
    if (error instanceof OutputError) return false;
    throw error;
  }
}

/**
 * Loads and compiles rules.
 * @param paths rule files and directories
 * @throws Failure with all errors
 */
export async function readyRules(
  paths: readonly string[],
  settings: RuleSettings,
  match: "first" | "all",
  hostname: string,
  options: LoadingOptions = {},
): Promise<ReadyRules> {
  const files = filesIn(paths, options);
  const needs = new Set<Enrichment>(options.alsoFields?.flatMap(enrichmentsIn));
  for (const { extraFields } of settings.append_output)
    for (const { name, format } of extraFields) for (const need of enrichmentsIn(format ?? name)) needs.add(need);
  const used = (field: string): void => {
    const need = enrichmentOf(field);
    if (need !== undefined) needs.add(need);
  };
  const languages = languagesFor(settings, options, used);
  // With a result for every file, the time to load would be quadratic in the number of resources and rules of the page.
  const kind = options.resources?.length || options.pageRules?.length ? "once" : "all";
  const loaded = await loadWith(languages, files, settings, kind, { ...options, leaveOut: !options.strict });
  const { rules, results } = loaded;
  if (results.some(({ ok }) => !ok)) {
    const { report } = await import("./report.ts");
    throw new InvalidRules(`Cannot load rules.\n${report(results, files)}`, addedErrors(results));
  }
  const leftOut = whatIsLeftOut(loaded);
  if (options.strict && leftOut.length > 0)
    throw new Failure(`Cannot load rules.\n${leftOut.map(({ sentence }) => sentence).join("\n")}`);
  const least = priorities.findIndex((priority) => priority.toLowerCase() === settings.priority);
  const severe = rules.filter(({ priority }) => priorities.indexOf(priority) <= least);
  const selected = selectRules(severe, settings.rules);
  await options.pause?.();
  const bySource = Map.groupBy(selected.enabled, ({ source }) => source);
  const shadowBySource = Map.groupBy(selected.shadow, ({ source }) => source);
  const alerts = alertOptions(settings, hostname);
  const extra = extras(settings, languages);
  const made = new Map<string, SourceRules>();
  const of = (source: string): SourceRules => {
    const known = made.get(source);
    if (known !== undefined) return known; // this function runs for every alert
    const names = [...(options.communityId ? [COMMUNITY_ID] : []), ...(options.alsoFields ?? [])];
    const optional = names.map((name) => fieldOf(name, source, settings, languages));
    const there = optional.filter((field) => field !== undefined);
    const [raising, counted] = [bySource.get(source) ?? [], shadowBySource.get(source) ?? []];
    const ready = rulesOf(raising, counted, match, extra, alerts, there);
    made.set(source, ready);
    return ready;
  };
  if (of(SYSCALL).ruleset.rules.some(namesContainerEvents)) needs.add("container-events").add("container");
  await options.pause?.();
  return {
    ...of(SYSCALL),
    of,
    words: languages.vocabulary,
    ...{ results, leftOut, loaded, selected, gaps: [] },
    ...wantsOf(needs),
    listedNames: needs.has("dns") ? listedNames(of(SYSCALL).ruleset.rules) : NO_NAMES,
  };
}

/** Reads rule files, and inserts those that are not on disk. @throws Failure if a file cannot be read */
function filesIn(paths: readonly string[], options: LoadingOptions): RuleFile[] {
  const { resources = [], pageRules = [], last = [] } = options;
  const [first, final] = [readRuleFiles(paths), readRuleFiles(last)];
  const unreadable = [...first.unreadable, ...final.unreadable];
  if (unreadable.length > 0) throw new Failure(unreadable.map(({ file, message }) => `${file}: ${message}`).join("\n"));
  return [...first.files, ...resources, ...pageRules, ...final.files.map((file) => exceptionsToLoad(file, options))];
}

/**
 * The exceptions file, with the items to skip. Exceptions of a rule that does not exist are skipped, since an update
 * that removes or renames a rule must not stop detection. With resources, all invalid exceptions are skipped, because
 * the resources can change at any time. The same applies while rules of the page are left out.
 */
export function exceptionsToLoad(
  { name, text }: RuleFile,
  { resources, lacksPageRules = false }: Pick<LoadingOptions, "lacksPageRules" | "resources">,
): Required<RuleFile> {
  return { name, text, skips: resources === undefined && !lacksPageRules ? "unknown rules" : "invalid" };
}

/** Whether a rule explicitly selects the start or end events of containers. A rule that selects all events does not. */
function namesContainerEvents({ bound: { codes } }: LoadedRule): boolean {
  return codes.has(EventCode.ASYNCEVENT_E) && codes.size < EVENT_TYPES / 2;
}

/**
 * Rules for the events of a source. Shadow rules are last, so that they do not prevent other rules from raising alerts
 * if `rule_matching` is `first`.
 */
function rulesOf(
  raising: readonly LoadedRule[],
  shadow: readonly LoadedRule[],
  match: "first" | "all",
  extra: readonly ExtraFields[],
  options: AlertOptions,
  optional: readonly TemplateField[],
): SourceRules {
  const rules = [...raising, ...shadow];
  const ruleset = buildRuleset(rules, match, raising.length);
  const raises: (Raise | undefined)[] = rules.map(() => undefined);
  return {
    ruleset,
    raise(rule, event) {
      const known = raises[rule];
      if (known !== undefined) return known(event);
      // Most rules never match, so the alerts of a rule are prepared at its first match.
      const loaded = rules[rule];
      if (loaded === undefined) throw new RangeError(`There is no rule ${rule} in the ruleset.`);
      const added = extra.filter(({ matches }) => matches(loaded)).flatMap(({ of }) => of(loaded.source));
      const made = prepareAlert(loaded, loaded.template, added, options, optional);
      raises[rule] = made;
      return made(event);
    },
  };
}

const NO_NAMES: ReadonlySet<string> = new Set();

function listedNames(rules: readonly LoadedRule[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { bound } of rules) addListedNames(bound.condition, names);
  return names;
}

/** Alert options from the configuration. */
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

/** Fields that the configuration adds to the alerts of matching rules. */
interface ExtraFields {
  readonly matches: (rule: LoadedRule) => boolean;
  /** The fields that exist for events of a source. */
  readonly of: (source: string) => readonly TemplateField[];
}

/** Returns the additional fields for alerts. @throws Failure if a configured field exists in no source */
function extras(settings: RuleSettings, languages: Languages): ExtraFields[] {
  const printing = { base64Buffers: settings.buffer_format_base64 };
  return settings.append_output.map(({ rule, source, tags, extraFields }) => {
    const bySource = new Map<string, readonly TemplateField[]>();
    const wrong = new Map<string, string>();
    const there = [...languages.ready()].filter((one) => source === undefined || source === one);
    for (const one of there) {
      const fields: TemplateField[] = [];
      for (const { name, format } of extraFields) {
        try {
          fields.push(extraField(name, format, languages, one, printing));
          wrong.delete(name);
        } catch (error) {
          if (!(error instanceof OutputError)) throw error;
          if (one === there[0]) wrong.set(name, error.message);
        }
      }
      bySource.set(one, fields);
    }
    for (const [name, message] of wrong) throw new Failure(`Invalid field "${name}" in append_output: ${message}`);
    return {
      matches: (one) =>
        (rule === undefined || rule === one.name) &&
        (source === undefined || source === one.source) &&
        tags.every((tag) => one.tags.includes(tag)),
      of: (one) => bySource.get(one) ?? [],
    };
  });
}

/** Returns a field of a source for use in alerts; undefined if the source does not have the field. */
function fieldOf(
  name: string,
  source: string,
  settings: RuleSettings,
  languages: Languages,
): TemplateField | undefined {
  try {
    return extraField(name, undefined, languages, source, { base64Buffers: settings.buffer_format_base64 });
  } catch (error) {
    if (error instanceof OutputError) return undefined;
    throw error;
  }
}

/** Parses an additional field for alerts. @throws OutputError if the field or the format is invalid */
function extraField(
  name: string,
  format: string | undefined,
  languages: Languages,
  source: string,
  printing: Printing,
): TemplateField {
  const words = languages.vocabulary(source);
  if (words === undefined) throw new OutputError(`unknown source "${source}"`, 0);
  const template = parseOutput(format ?? `%${name}`, words, printing);
  const plain = format === undefined ? template.fields[0] : undefined;
  return plain ?? { name, json: (event) => JSON.stringify(template.text(event)) };
}
