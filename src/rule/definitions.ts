import { didYouMean } from "../condition/did-you-mean.ts";
import { ItemError, ItemErrors, type Report, UnknownRule } from "./diagnostic.ts";
import { checkException, type Exception } from "./exception.ts";
import type { Location, RuleFile } from "./location.ts";
import type { MappedText } from "./mapped-text.ts";
import type { Priority } from "./rule.ts";
import { ENGINE_VERSION, parseVersion, printVersion, satisfies, type Version } from "./version.ts";

/**
 * Definition of a list, including the changes in all files that have been read. A redefinition keeps the position of
 * the list, and an append changes the list in place. The same applies to macros and rules.
 */
export interface ListDefinition {
  readonly name: string;
  readonly place: Location;
  items: string[];
  /** Index of the file that last changed the list. */
  changed: number;
  /** Sequence number of the first definition of the list. */
  order: number;
  /** Sequence number of the last change to the list. */
  touched: number;
}

export interface MacroDefinition {
  readonly name: string;
  readonly place: Location;
  condition: MappedText;
  /** Index of the file that last changed the macro. */
  changed: number;
  order: number;
  touched: number;
}

export interface RuleDefinition {
  readonly name: string;
  readonly place: Location;
  /** Indices of the files that first defined and last changed the rule. */
  readonly first: number;
  changed: number;
  condition: MappedText;
  output: MappedText;
  description: string;
  priority: Priority;
  readonly source: string;
  readonly unknownSource: boolean;
  tags: Set<string>;
  exceptions: Exception[];
  enabled: boolean;
  capture: boolean;
  captureDuration: number;
  warnEventTypes: boolean;
  skipIfUnknownFilter: boolean;
}

/** An `append` or `override`. Missing parts remain unchanged. */
export interface RuleChange {
  readonly name: string;
  readonly place: Location;
  /** Source of the rule; "" if the item does not specify one. */
  source: string;
  condition?: MappedText;
  output?: MappedText;
  description?: string;
  tags?: Set<string>;
  exceptions?: Exception[];
  priority?: Priority;
  enabled?: boolean;
  capture?: boolean;
  captureDuration?: number;
  warnEventTypes?: boolean;
  skipIfUnknownFilter?: boolean;
}

export interface PluginRequirement {
  readonly name: string;
  readonly version: string;
}

/** The event sources and their fields. */
export interface Sources {
  has(source: string): boolean;
  hasField(source: string, field: string): boolean;
  /** Names of sources, for suggestions. */
  readonly names?: readonly string[];
  /** Names of fields, for suggestions. */
  fieldNames?(source: string): Iterable<string>;
}

export class Definitions {
  readonly lists = new Map<string, ListDefinition>();
  readonly macros = new Map<string, MacroDefinition>();
  readonly rules = new Map<string, RuleDefinition>();
  /** Names of rejected definitions. Errors about their uses are not reported. */
  readonly rejected = { lists: new Set<string>(), macros: new Set<string>(), rules: new Set<string>() };
  /** The highest engine version that a file requires. */
  requiredEngine: Version = [0, 0, 0];
  /** Required plugins, each with its alternatives. */
  readonly requiredPlugins: (readonly PluginRequirement[])[] = [];
  /** Files that have been read, in order. */
  readonly files: RuleFile[] = [];
  readonly sources: Sources;
  private readonly plugins: ReadonlyMap<string, Version>;
  private count = 0;
  /** Words of all conditions that have been read, and conditions that have not been split into words. */
  private readonly words = new Set<string>();
  private readonly unsplit: string[] = [];

  /** Rules with an unknown source and the name of another rule. Only used if `leavesOut` is set. */
  readonly displaced: Pick<RuleDefinition, "name" | "source" | "place">[] = [];
  private readonly leavesOut: boolean;

  /** @param leavesOut whether to skip a rule of an unknown source without an error if another rule has the same name */
  constructor(sources: Sources, plugins: ReadonlyMap<string, Version>, leavesOut = false) {
    this.sources = sources;
    this.plugins = plugins;
    this.leavesOut = leavesOut;
  }

  requireEngine(version: Version, place: Location): void {
    if (!satisfies(ENGINE_VERSION, version)) {
      throw invalid(
        `This file requires rule engine ${printVersion(version)}; this engine is ${printVersion(ENGINE_VERSION)}`,
        place,
      );
    }
    if (satisfies(version, this.requiredEngine)) this.requiredEngine = version;
  }

  /** @param alternatives the plugin and its alternatives; one of them is sufficient */
  requirePlugin(alternatives: readonly PluginRequirement[], place: Location): void {
    this.requiredPlugins.push(alternatives);
    const names = new Set<string>();
    for (const { name, version } of alternatives) {
      if (parseVersion(version) === undefined)
        throw invalid(`"${version}" is not a version of plugin "${name}" (expected x.y.z)`, place);
      if (names.has(name)) throw invalid(`Plugin "${name}" is listed among its own alternatives`, place);
      names.add(name);
    }
    const present = alternatives.find(({ name }) => this.plugins.has(name));
    const needs = alternatives.map(({ name, version }) => `${name} ${version} or newer`).join(" or ");
    if (present === undefined) throw invalid(`This file requires ${needs}, which is not available`, place);
    const ours = this.plugins.get(present.name) ?? [0, 0, 0];
    if (!satisfies(ours, parseVersion(present.version) ?? [0, 0, 0])) {
      throw invalid(`This file requires ${needs}; found ${present.name} ${printVersion(ours)}`, place);
    }
  }

  defineList(name: string, items: string[], place: Location): void {
    const previous = this.lists.get(name);
    const now = this.count++;
    const same = previous !== undefined && sameTexts(previous.items, items);
    const changed = same ? previous.changed : this.file;
    // Setting an existing entry of a Map keeps its position, as required.
    this.lists.set(name, { name, items, place, changed, order: previous?.order ?? now, touched: now });
    this.rejected.lists.delete(name);
  }

  /**
   * Appends to a list. Creates the list if a condition uses it, since some rule files remove lists to which other files
   * append.
   */
  appendList(name: string, items: readonly string[], place: Location, report: Report): void {
    const list = this.lists.get(name);
    if (list === undefined) {
      if (this.rejected.lists.has(name)) return;
      if (this.isNamed(name)) {
        const message = `List "${name}" is not defined: appending creates it, because conditions use it`;
        report.warn("LOAD_UNKNOWN_ITEM", message, place);
        this.defineList(name, [...items], place);
        return;
      }
      throw invalid(`Cannot append to unknown list "${name}".${didYouMean(name, this.lists.keys())}`, place);
    }
    list.changed = this.file;
    for (const item of items) list.items.push(item);
    list.touched = this.count++;
  }

  /** Whether any condition that has been read contains this word. */
  private isNamed(name: string): boolean {
    for (const text of this.unsplit) for (const word of text.split(/[\s(),=]+/)) this.words.add(word);
    this.unsplit.length = 0;
    return this.words.has(name);
  }

  defineMacro(name: string, condition: MappedText, place: Location): void {
    const previous = this.macros.get(name);
    const now = this.count++;
    const changed = previous?.condition.text === condition.text ? previous.changed : this.file;
    this.macros.set(name, {
      name,
      condition,
      place,
      changed,
      order: previous?.order ?? now,
      touched: now,
    });
    this.rejected.macros.delete(name);
    this.unsplit.push(condition.text);
  }

  appendMacro(name: string, condition: MappedText, place: Location): void {
    const macro = this.macros.get(name);
    if (macro === undefined) {
      if (this.rejected.macros.has(name)) return;
      throw invalid(`Cannot append to unknown macro "${name}".${didYouMean(name, this.macros.keys())}`, place);
    }
    macro.changed = this.file;
    macro.condition.add(" ").addTraced(condition);
    this.unsplit.push(condition.text);
    macro.touched = this.count++;
  }

  defineRule(rule: Omit<RuleDefinition, "unknownSource" | "first" | "changed">, report: Report): void {
    const unknownSource = !this.sources.has(rule.source);
    if (this.leavesOut && this.displaces(rule, unknownSource)) return;
    const previous = this.previousRule(rule);
    if (unknownSource) {
      report.warn(
        "LOAD_UNKNOWN_SOURCE",
        `Unknown event source "${rule.source}": the rule is skipped.${didYouMean(rule.source, this.sources.names ?? [])}`,
        rule.place,
        rule.name,
      );
    }
    const reasons = new ItemErrors();
    for (const exception of rule.exceptions) {
      reasons.or(undefined, () => {
        if (!exception.fields.given) throw invalid(`Exception "${exception.name}" has no fields`, exception.place);
        this.checkException({ source: rule.source, unknownSource }, exception);
      });
    }
    reasons.check();
    const first = previous?.first ?? this.file;
    this.rules.set(rule.name, { ...rule, unknownSource, first, changed: this.file });
    this.rejected.rules.delete(rule.name);
    this.unsplit.push(rule.condition.text);
    this.count++;
  }

  appendRule(change: RuleChange): void {
    const rule = this.ruleToChange(change, "append to");
    if (rule === undefined) return;
    if (!hasParts(change)) throw invalid("Nothing to append: add a condition or exceptions", change.place);
    if (change.condition?.text) {
      rule.condition.add(" ").addTraced(change.condition);
      this.unsplit.push(change.condition.text);
    }
    if (change.output?.text) rule.output.add(" ").addTraced(change.output);
    if (change.description) rule.description += ` ${change.description}`;
    for (const tag of change.tags ?? []) rule.tags.add(tag);
    for (const exception of change.exceptions ?? []) this.appendException(rule, exception);
    this.count++;
  }

  replaceInRule(change: RuleChange): void {
    const rule = this.ruleToChange(change, "replace parts of");
    if (rule === undefined) return;
    if (!hasParts(change)) throw invalid("Nothing to replace", change.place);
    for (const exception of change.exceptions ?? []) this.checkException(rule, exception);
    const { name: _name, place: _place, source: _source, ...parts } = change;
    Object.assign(rule, parts);
    if (parts.condition !== undefined) this.unsplit.push(parts.condition.text);
    this.count++;
  }

  enableRule(name: string, enabled: boolean, place: Location): void {
    const rule = this.rules.get(name);
    if (rule !== undefined) {
      rule.enabled = enabled;
    } else if (!this.rejected.rules.has(name)) {
      const question = didYouMean(name, this.rules.keys());
      throw unknownRule(`Cannot ${enabled ? "enable" : "disable"} unknown rule "${name}".${question}`, place);
    }
  }

  /** Index of the file that is being read. */
  private get file(): number {
    return this.files.length - 1;
  }

  private appendException(rule: RuleDefinition, exception: Exception): void {
    const known = rule.exceptions.find(({ name }) => name === exception.name);
    if (known !== undefined) {
      if (exception.fields.given || exception.comps.given) {
        const what = exception.fields.given ? "fields" : "comps";
        throw invalid(
          `Exception "${exception.name}" already has ${what}; only values can be appended`,
          exception.place,
        );
      }
      for (const value of exception.values) known.values.push(value);
      return;
    }
    if (!exception.fields.given) {
      const names = rule.exceptions.map(({ name }) => name);
      const known = names.length === 0 ? "" : `. Exceptions of the rule: ${names.join(", ")}`;
      throw invalid(`New exception "${exception.name}" has no fields${known}`, exception.place);
    }
    if (exception.values.length === 0)
      throw invalid(`New exception "${exception.name}" has no values`, exception.place);
    this.checkException(rule, exception);
    rule.exceptions.push(exception);
  }

  private checkException(
    { source, unknownSource }: Pick<RuleDefinition, "source" | "unknownSource">,
    exception: Exception,
  ): void {
    const { sources } = this;
    const known = {
      hasField: (field: string) => sources.hasField(source, field),
      fieldNames: () => sources.fieldNames?.(source) ?? [],
    };
    checkException(exception, unknownSource ? undefined : known);
  }

  private ruleToChange(change: RuleChange, what: string): RuleDefinition | undefined {
    const rule = this.previousRule(change);
    if (rule === undefined && !this.rejected.rules.has(change.name)) {
      throw unknownRule(
        `Cannot ${what} unknown rule "${change.name}".${didYouMean(change.name, this.rules.keys())}`,
        change.place,
      );
    }
    if (rule !== undefined) rule.changed = this.file;
    return rule;
  }

  /** Whether a rule is skipped in favor of another rule with the same name. The rule with a known source is kept. */
  private displaces(rule: Pick<RuleDefinition, "name" | "source" | "place">, unknownSource: boolean): boolean {
    const before = this.rules.get(rule.name);
    if (before === undefined || before.source === rule.source || !(unknownSource || before.unknownSource)) return false;
    this.displaced.push(unknownSource ? rule : before);
    if (!unknownSource) this.rules.delete(rule.name);
    return unknownSource;
  }

  private previousRule(item: {
    readonly name: string;
    readonly source: string;
    readonly place: Location;
  }): RuleDefinition | undefined {
    const rule = this.rules.get(item.name);
    if (rule !== undefined && item.source !== "" && rule.source !== item.source) {
      throw invalid(
        `Rule "${item.name}" has source "${rule.source}", which cannot be changed to "${item.source}"`,
        item.place,
      );
    }
    return rule;
  }
}

function sameTexts(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((text, i) => text === others[i]);
}

function hasParts(change: RuleChange): boolean {
  const { name: _name, place: _place, source: _source, ...parts } = change;
  return Object.keys(parts).length > 0;
}

function invalid(message: string, place: Location): ItemError {
  return new ItemError("LOAD_ERR_VALIDATE", message, place);
}

function unknownRule(message: string, place: Location): UnknownRule {
  return new UnknownRule("LOAD_ERR_VALIDATE", message, place);
}
