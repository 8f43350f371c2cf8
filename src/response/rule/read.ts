import { type AlertEvent, openAlertEvent } from "../../alert/condition/alert-event.ts";
import { alertVocabulary, shortNames } from "../../alert/condition/vocabulary.ts";
import type { AlertRecord } from "../../alert/record.ts";
import type { Condition } from "../../condition/ast.ts";
import { bind, type Vocabulary } from "../../condition/bind.ts";
import { didYouMean } from "../../condition/did-you-mean.ts";
import { ConditionError } from "../../condition/error.ts";
import { evaluate } from "../../condition/evaluate.ts";
import { parse } from "../../condition/parse.ts";
import { resolve } from "../../condition/resolve.ts";
import { type FileResult, ItemError, ItemErrors, Report } from "../../rule/diagnostic.ts";
import { Item } from "../../rule/item.ts";
import { Location, locationOf, type RuleFile } from "../../rule/location.ts";
import { MappedText } from "../../rule/mapped-text.ts";
import { parseYaml } from "../../rule/parse-yaml.ts";
import type { YamlNode } from "../../rule/yaml.ts";
import { readNotifiers, withDefaults } from "../notifier/read.ts";
import { type ActionItem, prepareAction, readAction } from "./action-item.ts";
import type { ReadOptions } from "./options.ts";
import type { Response } from "./response.ts";
import { isTalonItem, Talon } from "./talon.ts";

export interface ReadResponses {
  /** Responses in the order of the files. Must not be used if a file has errors. */
  readonly responses: readonly Response[];
  readonly results: readonly FileResult[];
}

const KEYS = ["response", "description", "match", "actions", "continue", "dry_run", "enabled", "notifiers"];

/** A parsed response. Its macros and actions have not been resolved yet. */
interface Definition {
  readonly item: Item;
  readonly report: Report;
  readonly name: string;
}

/**
 * Reads response rules in the formats of Eyas and Talon. Reports errors and warnings by file, and imports the named
 * actions.
 */
export async function readResponses(files: readonly RuleFile[], options: ReadOptions): Promise<ReadResponses> {
  const reader = new Reader(options, await alertVocabulary());
  const reports: Report[] = [];
  for (const file of files) {
    const report = new Report(file.name);
    reports.push(report);
    await reader.file(file, report);
  }
  const responses = await reader.responses();
  return { responses, results: reports.map((report) => report.result()) };
}

class Reader {
  private readonly options: ReadOptions;
  private readonly vocabulary: Vocabulary;
  private readonly event: AlertEvent = openAlertEvent();
  private readonly macros = new Map<string, Condition>();
  private readonly lists = new Map<string, readonly string[]>();
  private readonly definitions: (Definition | { readonly talon: string })[] = [];
  private readonly names = new Map<string, Location>();
  private readonly talon: Talon;

  constructor(options: ReadOptions, vocabulary: Vocabulary) {
    this.options = options;
    this.vocabulary = vocabulary;
    this.talon = new Talon();
  }

  async file(file: RuleFile, report: Report): Promise<void> {
    const yaml = await parseYaml(file.text);
    if ("problems" in yaml) {
      for (const { message, offset } of yaml.problems)
        report.error("LOAD_ERR_YAML_PARSE", message, new Location(file, offset));
      return;
    }
    for (const document of yaml.documents) {
      if (document === undefined) continue;
      if (document.kind !== "sequence") {
        report.error(
          "LOAD_ERR_YAML_VALIDATE",
          "A file of response rules must be a sequence",
          locationOf(file, document),
        );
        continue;
      }
      for (const node of document.items) attempt(report, undefined, () => this.item(file, node, report));
    }
  }

  private item(file: RuleFile, node: YamlNode, report: Report): void {
    if (node.kind !== "mapping")
      throw new ItemError(
        "LOAD_ERR_YAML_VALIDATE",
        "An entry must be a mapping, such as `response: name`",
        locationOf(file, node),
      );
    const item = new Item(file, node);
    if (item.has("response")) this.response(item, report);
    else if (item.has("macro")) {
      warnUnknown(item, ["macro", "condition"], report);
      const name = item.text("macro");
      const condition = item.scalar("condition");
      this.macros.set(name, conditionOf(MappedText.of(file, condition), item.place, name));
    } else if (item.has("list")) {
      warnUnknown(item, ["list", "items"], report);
      this.lists.set(item.text("list"), item.texts("items"));
    } else if (isTalonItem(item)) {
      const rule = this.talon.take(item, report);
      if (rule !== undefined) this.definitions.push({ talon: rule });
    } else {
      const keys = node.entries.flatMap(({ key }) => (key.kind === "scalar" ? [key.text] : []));
      const question = keys
        .map((key) => didYouMean(key, ["response", "macro", "list", "rule", "action"]))
        .find(Boolean);
      throw item.error(`An entry must have one of the keys "response", "macro" or "list"${ended(question)}`, node);
    }
  }

  private response(item: Item, report: Report): void {
    const name = item.text("response");
    warnUnknown(item, KEYS, report, name);
    const before = this.names.get(name);
    if (before !== undefined) {
      const { line } = before.position();
      throw item.error(`Response "${name}" is already defined at ${before.file.name}:${line}`, item.scalar("response"));
    }
    this.names.set(name, item.place);
    this.definitions.push({ item, report, name });
  }

  /** Resolves all responses after all files have been read. */
  async responses(): Promise<Response[]> {
    const made: Response[] = [];
    for (const definition of this.definitions) {
      const response =
        "talon" in definition
          ? await this.talon.response(definition.talon, this.options)
          : await this.compile(definition);
      if (response !== undefined) made.push(response);
    }
    return made;
  }

  private async compile({ item, report, name }: Definition): Promise<Response | undefined> {
    const reasons = new ItemErrors();
    const condition = reasons.or(undefined, () => this.condition(item));
    const items = reasons.or<readonly ActionItem[]>([], () => readActions(item, report, name));
    const actions = await Promise.all(items.map((one) => prepareAction(one, this.options, report, name)));
    const description = reasons.or("", () => item.optionalText("description") ?? "");
    const continues = reasons.or(true, () => item.optionalBoolean("continue") ?? true);
    const dryRun = reasons.or(false, () => item.optionalBoolean("dry_run") ?? false);
    const notifiers = reasons.or([], () => readNotifiers(item, report, name));
    const enabled = reasons.or(true, () => item.optionalBoolean("enabled") ?? true);
    attempt(report, name, () => reasons.check());
    if (condition === undefined || reasons.found.length > 0 || !enabled) return undefined;
    const ready = actions.filter((action) => action !== undefined);
    if (ready.length < actions.length) return undefined;
    return {
      ...{ name, description, ...condition, actions: ready, continues, dryRun },
      notifiers: withDefaults(notifiers, this.options.notifiers),
      place: item.place,
    };
  }

  private condition(item: Item): Pick<Response, "condition" | "matches" | "fields"> {
    const scalar = item.scalar("match");
    const traced = MappedText.of(item.file, scalar);
    const { event } = this;
    try {
      const resolved = resolve(parse(scalar.text, "", shortNames), this.macros, this.lists).condition;
      const { condition, fields } = bind(resolved, this.vocabulary);
      return {
        condition: scalar.text.trim(),
        fields,
        matches(alert: AlertRecord) {
          event.alert = alert;
          return evaluate(condition, event);
        },
      };
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      throw itemErrorOf(error, traced, item.place);
    }
  }
}

function readActions(item: Item, report: Report, rule: string): readonly ActionItem[] {
  const value = item.value("actions");
  if (value === undefined) throw item.missing("actions");
  if (value.kind !== "sequence" || value.items.length === 0)
    throw item.error('"actions" must be a sequence, in order of execution', value);
  return value.items.map((node) => {
    if (node.kind === "scalar" && node.text !== "")
      return readAction(
        new Item(item.file, { kind: "mapping", start: node.start, entries: [entry(node)] }),
        report,
        rule,
      );
    if (node.kind !== "mapping") throw item.error("An action must be a mapping, such as `action: host:kill`", node);
    return readAction(new Item(item.file, node), report, rule);
  });
}

/** Returns the entry for an action in short form: `- host:kill` stands for `- action: host:kill`. */
function entry(value: YamlNode): { readonly key: YamlNode; readonly value: YamlNode } {
  return { key: { kind: "scalar", text: "action", style: "plain", start: value.start, end: value.start }, value };
}

function conditionOf(traced: MappedText, place: Location, origin: string): Condition {
  try {
    return parse(traced.text, origin, shortNames);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw itemErrorOf(error, traced, place);
  }
}

/** Converts an error in a condition. Errors inside a macro are located at the beginning of `traced`. */
function itemErrorOf(error: ConditionError, traced: MappedText, place: Location): ItemError {
  const code = "LOAD_ERR_COMPILE_CONDITION";
  const placeIn = ({ place: at }: Pick<ConditionError, "place">): Location =>
    traced.place(at.origin === "" ? at.start : 0, place);
  const more = error.more.map((each) => new ItemError(code, each.message, placeIn(each)));
  return new ItemError(code, error.message, placeIn(error), more);
}

function attempt(report: Report, rule: string | undefined, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    report.reject(error, rule);
  }
}

/** Reports unknown keys as warnings. */
export function warnUnknown(item: Item, known: readonly string[], report: Report, rule?: string): void {
  for (const { key } of item.mapping.entries) {
    if (key.kind !== "scalar" || known.includes(key.text)) continue;
    const message = `Unknown key "${key.text}"${ended(didYouMean(key.text, known))}`;
    report.warn("LOAD_UNKNOWN_KEY", message, locationOf(item.file, key), rule);
  }
}

function ended(question: string | undefined): string {
  return question === undefined || question === "" ? "" : `.${question}`;
}
