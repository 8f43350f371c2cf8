import { didYouMean } from "../../condition/did-you-mean.ts";
import { ItemError, type Report } from "../../rule/diagnostic.ts";
import { Item } from "../../rule/item.ts";
import { type Location, locationOf } from "../../rule/location.ts";
import { isNull } from "../../rule/yaml.ts";
import type { Parameter } from "../action.ts";
import { readNotifiers, withDefaults } from "../notifier/read.ts";
import { type ActionItem, prepareAction } from "./action-item.ts";
import type { ReadOptions } from "./options.ts";
import type { Response } from "./response.ts";
import {
  mergeMatches,
  noMatch,
  readTalonMatch,
  type TalonMatch,
  talonFields,
  talonMatches,
  talonText,
} from "./talon-match.ts";
import { talonActions } from "./talon-names.ts";
import { talonParameter } from "./talon-parameters.ts";
import type { WrittenValue } from "./values.ts";

type Parameters = ActionItem["parameters"];

/** A Talon action, reusable or within a rule. */
interface TalonItem {
  readonly name: string;
  readonly actionner: string | undefined;
  readonly parameters: Parameters;
  readonly continues: boolean | undefined;
  readonly ignoresErrors: boolean | undefined;
  readonly place: Location;
  readonly actionnerPlace: Location;
}

interface TalonRule {
  readonly name: string;
  readonly report: Report;
  readonly place: Location;
  description: string;
  continues: boolean;
  dryRun: boolean;
  match: TalonMatch;
  actions: TalonItem[];
  notifiers: readonly string[];
}

const ACTION_KEYS = ["action", "description", "actionner", "parameters", "continue", "ignore_errors"];
const RULE_KEYS = ["rule", "description", "continue", "dry_run", "match", "actions", "notifiers"];

/** Keys that are next to `parameters` in Talon's rules, and are parameters of the action in Eyas. */
const ADDITIONAL_KEYS = ["output", "additional_contexts"];

/** Talon keys that Eyas ignores unless the action has such a parameter, each with a description of the replacement. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  output: "Results of actions are stored in the journal",
  additional_contexts: "Alerts contain the machine, cloud and cluster fields that rules use",
};

/** Whether an entry of a file is in Talon's format. */
export function isTalonItem(item: Item): boolean {
  if (item.has("actionner") || item.has("action")) return true;
  return item.has("rule") && (item.has("match") || item.has("actions"));
}

/** Reads Talon rule files with reusable actions and rules. Entries with the same name are merged across files. */
export class Talon {
  private readonly actions = new Map<string, TalonItem>();
  private readonly rules = new Map<string, TalonRule>();

  /**
   * Reads an entry.
   * @returns the name of the rule if it is new; undefined for other entries
   * @throws ItemError
   */
  take(item: Item, report: Report): string | undefined {
    if (item.has("rule")) return this.rule(item, report);
    const read = readItem(item, report);
    const before = this.actions.get(read.name);
    this.actions.set(read.name, before === undefined ? read : merge(before, read));
    return undefined;
  }

  private rule(item: Item, report: Report): string | undefined {
    const name = item.text("rule");
    warnUnsupported(item, RULE_KEYS, report, name);
    const before = this.rules.get(name);
    const rule: TalonRule = before ?? {
      ...{ name, report, place: item.place, description: "", continues: true, dryRun: false },
      ...{ match: noMatch, actions: [], notifiers: [] },
    };
    rule.description = item.optionalText("description") ?? rule.description;
    rule.continues = item.optionalBoolean("continue") ?? rule.continues;
    rule.dryRun = item.optionalBoolean("dry_run") ?? rule.dryRun;
    if (item.has("match") || before === undefined) rule.match = mergeMatches(rule.match, readTalonMatch(item));
    rule.notifiers = [...rule.notifiers, ...readNotifiers(item, report, name, true)];
    const actions = item.value("actions");
    if (actions !== undefined && actions.kind !== "sequence")
      throw item.error('"actions" must be a sequence, in order of execution', actions);
    for (const node of actions?.items ?? []) {
      if (node.kind !== "mapping") throw item.error("An action must be a mapping, such as `action: name`", node);
      rule.actions.push(readItem(new Item(item.file, node), report));
    }
    this.rules.set(name, rule);
    return before === undefined ? name : undefined;
  }

  /** Returns the response merged from all files; undefined if it is invalid. The report contains the errors. */
  async response(name: string, options: ReadOptions): Promise<Response | undefined> {
    const rule = this.rules.get(name);
    if (rule === undefined) return undefined;
    const { report, match, place } = rule;
    if (rule.actions.length === 0) {
      report.error("LOAD_ERR_VALIDATE", `The rule "${name}" has no actions`, place, name);
      return undefined;
    }
    const actions = await Promise.all(rule.actions.map((item) => this.action(item, rule, options)));
    const ready = actions.filter((action) => action !== undefined);
    if (ready.length < actions.length) return undefined;
    return {
      name,
      description: rule.description,
      condition: talonText(match),
      matches: (alert) => talonMatches(match, alert),
      fields: talonFields(match),
      actions: ready,
      continues: rule.continues,
      dryRun: rule.dryRun,
      notifiers: withDefaults(rule.notifiers, options.notifiers),
      place,
    };
  }

  private async action(own: TalonItem, { report, name: rule }: TalonRule, options: ReadOptions) {
    const reusable = this.actions.get(own.name);
    const item = reusable === undefined ? own : merge(reusable, own);
    const { actionner, actionnerPlace } = item;
    if (actionner === undefined) {
      const message = `Unknown action "${own.name}" without actionner.${didYouMean(own.name, this.actions.keys())}`;
      report.error("LOAD_ERR_VALIDATE", message, own.place, rule);
      return undefined;
    }
    const load = Object.hasOwn(options.actions, actionner) ? options.actions[actionner] : undefined;
    if (load === undefined) {
      const names = [...talonActions, ...Object.keys(options.actions)];
      const message = `Unknown actionner "${actionner}".${didYouMean(actionner, names)}`;
      report.error("LOAD_ERR_VALIDATE", message, actionnerPlace, rule);
      return undefined;
    }
    const { parameters: has } = await load();
    for (const key of ADDITIONAL_KEYS) {
      const given = item.parameters.get(key);
      if (given === undefined || Object.hasOwn(has, key)) continue;
      report.warn("LOAD_WARNING_EXTENSION", `"${key}" is not used. ${UNSUPPORTED[key]}`, given.place, rule);
    }
    const parameters = [...item.parameters].filter(([key, { value, place }]) => {
      const own = Object.hasOwn(has, key) ? has[key] : undefined;
      if (own !== undefined) return !isDefault(own, value);
      const known = talonParameter(actionner, key);
      if (known !== undefined)
        report.warn("LOAD_WARNING_EXTENSION", `"${key}" of ${actionner} is not used. ${known.use}`, place, rule);
      return known === undefined && !ADDITIONAL_KEYS.includes(key);
    });
    return prepareAction(
      {
        name: actionner,
        namePlace: actionnerPlace,
        parameters: new Map(parameters),
        continues: item.continues,
        ignoresErrors: item.ignoresErrors ?? false,
        dryRun: false,
        lenient: true,
        ...{ cooldown: undefined, timeout: undefined, budget: undefined },
        place: own.place,
      },
      options,
      report,
      rule,
    );
  }
}

/** Whether Talon treats a value as absent: an empty string, or 0 where 0 is not allowed. */
function isDefault({ required, check }: Parameter, { node }: WrittenValue): boolean {
  if (required || node.kind !== "scalar" || (node.text !== "" && node.text !== "0")) return false;
  return check(node.text) === undefined;
}

function readItem(item: Item, report: Report): TalonItem {
  const name = item.text("action");
  warnUnsupported(item, [...ACTION_KEYS, ...ADDITIONAL_KEYS], report, name);
  const parameters = new Map<string, { value: WrittenValue; place: Location }>();
  const inside = item.value("parameters");
  if (inside !== undefined && !isNull(inside)) {
    if (inside.kind !== "mapping") throw item.error('"parameters" must be a mapping', inside);
    for (const { key, value } of inside.entries)
      if (key.kind === "scalar")
        parameters.set(key.text, { value: { file: item.file, node: value }, place: locationOf(item.file, key) });
  }
  for (const key of ADDITIONAL_KEYS) {
    const value = item.value(key);
    if (value === undefined || isNull(value)) continue;
    parameters.set(key, { value: { file: item.file, node: value }, place: item.locationAt(key) });
  }
  return {
    name,
    actionner: item.optionalText("actionner"),
    parameters,
    continues: item.optionalBoolean("continue"),
    ignoresErrors: item.optionalBoolean("ignore_errors"),
    place: item.locationAt("action"),
    actionnerPlace: item.locationAt("actionner"),
  };
}

/** Merges two actions: later values take precedence, lists are concatenated, mappings are merged by key. */
function merge(before: TalonItem, after: TalonItem): TalonItem {
  const parameters = new Map(before.parameters);
  for (const [name, { value, place }] of after.parameters) {
    const known = parameters.get(name);
    parameters.set(name, { value: known === undefined ? value : merged(known.value, value), place });
  }
  return {
    name: after.name,
    actionner: after.actionner ?? before.actionner,
    parameters,
    continues: after.continues ?? before.continues,
    ignoresErrors: after.ignoresErrors ?? before.ignoresErrors,
    place: after.place,
    actionnerPlace: after.actionner === undefined ? before.actionnerPlace : after.actionnerPlace,
  };
}

function merged(before: WrittenValue, after: WrittenValue): WrittenValue {
  const [some, other] = [before.node, after.node];
  if (some.kind === "sequence" && other.kind === "sequence")
    return { ...after, node: { ...other, items: [...some.items, ...other.items] } };
  if (some.kind !== "mapping" || other.kind !== "mapping") return after;
  const replaced = new Set(other.entries.map(({ key }) => (key.kind === "scalar" ? key.text : "")));
  const kept = some.entries.filter(({ key }) => key.kind !== "scalar" || !replaced.has(key.text));
  return { ...after, node: { ...other, entries: [...kept, ...other.entries] } };
}

function warnUnsupported(item: Item, known: readonly string[], report: Report, rule: string): void {
  for (const { key } of item.mapping.entries) {
    if (key.kind !== "scalar")
      throw new ItemError("LOAD_ERR_YAML_VALIDATE", "A key must be a scalar", locationOf(item.file, key));
    if (known.includes(key.text)) continue;
    const place = locationOf(item.file, key);
    if (Object.hasOwn(UNSUPPORTED, key.text))
      report.warn("LOAD_WARNING_EXTENSION", `"${key.text}" is not used. ${UNSUPPORTED[key.text]}`, place, rule);
    else report.warn("LOAD_UNKNOWN_KEY", `Unknown key "${key.text}".${didYouMean(key.text, known)}`, place, rule);
  }
}
