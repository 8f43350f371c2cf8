import type { Condition } from "../condition/ast.ts";
import type { Remark } from "../condition/bound.ts";
import { didYouMean } from "../condition/did-you-mean.ts";
import { ConditionError, ConditionErrors } from "../condition/error.ts";
import { MANY_CODES } from "../condition/event-codes.ts";
import { indicatorItem } from "../condition/indicator-set.ts";
import { limits as conditionLimits } from "../condition/limits.ts";
import { measure } from "../condition/measure.ts";
import { parse } from "../condition/parse.ts";
import { type Budget, type Macros, type Resolved, resolve, resolveLeniently } from "../condition/resolve.ts";
import { SharedBindings } from "../condition/shared-bindings.ts";
import { absentPlugin, type LeftOutRule } from "./absent-plugin.ts";
import type { Definitions, MacroDefinition, RuleDefinition } from "./definitions.ts";
import { ItemError, type Report } from "./diagnostic.ts";
import { withExceptions } from "./exception.ts";
import { limits } from "./limits.ts";
import { isWord, substituteLists } from "./list-substitution.ts";
import type { Location } from "./location.ts";
import type { MappedText } from "./mapped-text.ts";
import { OutputError } from "./output.ts";
import type { Pause } from "./pause.ts";
import type { Rule } from "./rule.ts";
import { deprecationsInOutput, usageWarnings } from "./usage-warning.ts";

/** Binds conditions and outputs to the fields and events of a source. */
export interface Language<Bound, Template> {
  /**
   * @param shared parts of several conditions
   * @throws ConditionError
   */
  bind(condition: Condition, source: string, shared?: SharedBindings): Binding<Bound>;
  /** @throws OutputError */
  template(output: string, source: string): Template;
  /** Names of the lists of indicators. */
  readonly indicators?: Iterable<string>;
}

export interface Binding<Bound> {
  readonly bound: Bound;
  /** Remarks that are not errors. */
  readonly remarks: readonly Remark[];
  /** Number of event types that the condition can match; undefined for document sources. */
  readonly eventTypes: number | undefined;
}

/** A compiled rule. */
export interface CompiledRule<Bound, Template> extends Rule {
  readonly bound: Bound;
  readonly template: Template;
  readonly definition: RuleDefinition;
}

/** A string that the configuration appends to the outputs of rules, selected by name, source and tags. */
export interface ExtraOutput {
  readonly rule: string | undefined;
  readonly source: string | undefined;
  readonly tags: readonly string[];
  readonly extraOutput: string;
}

export interface CompileOptions {
  readonly extraOutputs: readonly ExtraOutput[];
  readonly pause?: Pause;
  /** Whether to skip rules that use fields or events of an absent plugin, instead of reporting an error. */
  readonly leaveOut?: boolean;
}

/** Parsed conditions by origin and text, shared by the compilations of several files. */
export type ParseCache = Map<string, Condition>;

export interface Compiled<Bound, Template> {
  readonly rules: CompiledRule<Bound, Template>[];
  /** Rules that a later file changed, directly or through their macros and lists. */
  readonly changed: ReadonlySet<string>;
  readonly leftOut: readonly LeftOutRule[];
}

/**
 * Compiles the definitions that have been read: resolves lists, macros and exceptions, binds fields, and reports
 * errors. Skips invalid rules.
 * @param only rules to compile; all if undefined
 */
export async function compileDefinitions<Bound, Template>(
  definitions: Definitions,
  language: Language<Bound, Template>,
  { extraOutputs, pause, leaveOut = false }: CompileOptions,
  report: Report,
  parsed: ParseCache,
  only?: ReadonlySet<string>,
): Promise<Compiled<Bound, Template>> {
  const compiler = new Compiler(definitions, report, parsed, leaveOut, language.indicators);
  for (const _ of compiler.macros()) {
    const waiting = pause?.();
    if (waiting !== undefined) await waiting;
  }
  const rules: CompiledRule<Bound, Template>[] = [];
  for (const definition of definitions.rules.values()) {
    if (report.isFull) break;
    if (definition.unknownSource || only?.has(definition.name) === false) continue;
    const rule = compiler.rule(definition, language, extraOutputs);
    if (rule !== undefined) rules.push(rule);
    const waiting = pause?.();
    if (waiting !== undefined) await waiting;
  }
  if (only === undefined) compiler.warnUnused();
  return { rules, changed: compiler.changed, leftOut: [...compiler.leftOut.values()] };
}

class Compiler {
  readonly changed = new Set<string>();
  /** Rules that are skipped, by name. */
  readonly leftOut = new Map<string, LeftOutRule>();
  private readonly leavesOut: boolean;
  private readonly definitions: Definitions;
  private readonly report: Report;
  private readonly parsed: ParseCache;
  private readonly lists = new Map<string, readonly string[]>();
  /** Lists whose names cannot be single words of conditions. */
  private readonly substituted = new Map<string, readonly string[]>();
  /** Resolved macros. */
  private readonly resolved = new Map<string, Condition>();
  /** Invalid macros. */
  private readonly broken: Set<string>;
  /** The resolved macros that are visible to rules. */
  private readonly valid: Macros;
  /** The index of the file that last changed each macro, or a macro or list in it. */
  private readonly macroChanged = new Map<string, number>();
  private readonly usedMacros = new Set<string>();
  private readonly usedLists = new Set<string>();
  /** Remaining number of list items, and of tests and operators, for subsequent rules. */
  private readonly budget: Budget = { items: conditionLimits.allItems };
  private nodes: number = conditionLimits.allNodes;
  private sharedMacros: SharedBindings | undefined = undefined;

  constructor(
    definitions: Definitions,
    report: Report,
    parsed: ParseCache,
    leavesOut: boolean,
    indicators: Iterable<string> = [],
  ) {
    this.leavesOut = leavesOut;
    this.definitions = definitions;
    this.report = report;
    this.parsed = parsed;
    this.broken = new Set(definitions.rejected.macros);
    this.valid = withInvalid(this.resolved, this.broken);
    for (const { name, items } of definitions.lists.values()) {
      this.lists.set(name, items);
      if (!isWord(name)) this.substituted.set(name, items);
    }
    for (const name of indicators) this.lists.set(name, [...(this.lists.get(name) ?? []), indicatorItem(name)]);
  }

  /** Shared bindings of the macros' conditions. Valid after all macros are resolved. */
  private get shared(): SharedBindings {
    this.sharedMacros ??= new SharedBindings(this.resolved.values());
    return this.sharedMacros;
  }

  /** Resolves the macros, one per step. */
  *macros(): Generator<void> {
    const { macros } = this.definitions;
    const read = new Map<MacroDefinition, Condition>();
    for (const macro of macros.values()) {
      if (this.report.isFull) return;
      const done = this.attempt(macro.condition, macro.place, undefined, () => {
        read.set(macro, this.parse(macro.condition.text, macro.name));
      });
      if (!done) this.broken.add(macro.name);
    }
    // A macro can use only definitions that are older than its last change. Most macros are written once, so this map
    // grows step by step. Invalid macros are omitted: resolving other macros through them would take quadratic time.
    const older = new Map<string, Condition>();
    const visible = withInvalid(older, this.broken);
    for (const macro of macros.values()) {
      if (this.report.isFull) return;
      const condition = read.get(macro);
      if (condition === undefined) continue;
      const seen = macro.touched > macro.order ? olderThan(macro.touched, this.broken) : visible;
      const done = this.attempt(macro.condition, macro.place, undefined, () => {
        const resolved = this.use(resolve(condition, seen, this.lists, this.resolved, this.budget));
        this.resolved.set(macro.name, resolved.condition);
        this.macroChanged.set(macro.name, this.lastChange(resolved, macro.changed));
      });
      if (done) older.set(macro.name, condition);
      else this.broken.add(macro.name);
      yield;
    }

    function olderThan(touched: number, broken: ReadonlySet<string>): Macros {
      const isOlder = (macro: MacroDefinition): boolean => macro.order < touched && !broken.has(macro.name);
      return {
        get(name) {
          const macro = macros.get(name);
          return macro !== undefined && isOlder(macro) ? read.get(macro) : undefined;
        },
        invalid: broken,
        keys: () =>
          [...read.keys()]
            .filter(isOlder)
            .map(({ name }) => name)
            .values(),
      };
    }
  }

  rule<Bound, Template>(
    definition: RuleDefinition,
    language: Language<Bound, Template>,
    extraOutputs: readonly ExtraOutput[],
  ): CompiledRule<Bound, Template> | undefined {
    const { name, source, place } = definition;
    const template = this.output(definition, language, extraOutputs);
    let condition: MappedText;
    let refused = false;
    try {
      condition = withExceptions(definition.condition, definition.exceptions);
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      this.report.reject(error, name);
      refused = true;
      condition = definition.condition.copy(); // copied, so that its other errors are also reported
    }
    let bound: Bound | undefined;
    const skip = definition.skipIfUnknownFilter;
    this.attempt(condition, place, { name, skip }, () => {
      const written = this.parse(condition.text, "");
      const mistakes = new ConditionErrors();
      const names = this.use(resolveLeniently(written, this.valid, this.lists, mistakes, this.resolved, this.budget));
      if (mistakes.any) {
        // Binds the fields despite unresolved macros, to report all errors.
        mistakes.or(undefined, () => language.bind(names.condition, source));
        mistakes.check();
      }
      if (this.lastChange(names, definition.changed) > definition.first) this.changed.add(name);
      const resolved = names.condition;
      this.spend(resolved);
      const start = condition.place(0, place);
      for (const { code, message } of usageWarnings(resolved)) this.report.warn(code, message, start, name);
      const binding = language.bind(resolved, source, this.shared);
      for (const { kind, message, place: at } of binding.remarks) {
        if (kind === "deprecated-field" || kind === "not-available-text") continue; // reported by usageWarnings
        this.report.warn("LOAD_COMPILE_CONDITION", message, this.placeIn(at, condition, place), name);
      }
      const types = binding.eventTypes;
      if (definition.warnEventTypes && types !== undefined && (types === 0 || types > MANY_CODES)) {
        const message =
          types === 0
            ? "The rule matches no event type: its comparisons with evt.type exclude each other, or a list is empty"
            : "The rule matches nearly every event type, which is slow: restrict it with evt.type";
        this.report.warn("LOAD_NO_EVTTYPE", message, place, name);
      }
      bound = binding.bound;
    });
    if (bound === undefined || template === undefined || refused) return undefined;
    return {
      name,
      description: definition.description,
      condition: condition.text,
      output: definition.output.text,
      priority: definition.priority,
      source,
      tags: [...definition.tags].sort(),
      enabled: definition.enabled,
      capture: definition.capture,
      captureDuration: definition.captureDuration,
      bound,
      template,
      definition,
    };
  }

  /** @throws ConditionError if the total size of the rules is too large */
  private spend(condition: Condition): void {
    this.nodes -= measure(condition).nodes;
    if (this.nodes >= 0) return;
    const message = `The conditions of all rules have more than ${conditionLimits.allNodes} tests and operators, with macros expanded.`;
    throw new ConditionError("syntax", message, condition.place);
  }

  private output<Bound, Template>(
    definition: RuleDefinition,
    language: Language<Bound, Template>,
    extraOutputs: readonly ExtraOutput[],
  ): Template | undefined {
    const { name, source, tags } = definition;
    const place = definition.output.place(0, definition.place);
    let output = definition.output.text;
    for (const extra of extraOutputs) {
      if (extra.source !== undefined && extra.source !== source) continue;
      if (extra.rule !== undefined && extra.rule !== name) continue;
      if (extra.extraOutput !== "" && extra.tags.every((tag) => tags.has(tag))) output += ` ${extra.extraOutput}`;
    }
    if (output.includes(CONTAINER_INFO)) {
      const message = `${CONTAINER_INFO} is deprecated and has no output: container fields are added automatically`;
      this.report.warn("LOAD_DEPRECATED_ITEM", message, place, name);
      output = output.replaceAll(CONTAINER_INFO, "");
    }
    let template: Template | undefined;
    if (output.length > limits.output) {
      const message = `The output has more than ${limits.output} characters, including those of append_output`;
      this.report.error("LOAD_ERR_COMPILE_OUTPUT", message, place, name);
      return undefined;
    }
    try {
      template = language.template(output, source);
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      if (this.isLeftOut(error, name, place)) return undefined;
      const { skipIfUnknownFilter, output: written } = definition;
      if (skipIfUnknownFilter) {
        this.report.warn("LOAD_UNKNOWN_FILTER", error.message, written.place(error.offset, place), name);
        return undefined;
      }
      for (const { message, offset } of [error, ...error.more]) {
        if (this.report.isFull) break;
        this.report.error("LOAD_ERR_COMPILE_OUTPUT", message, written.place(offset, place), name);
      }
      return undefined;
    }
    for (const { code, message } of deprecationsInOutput(output)) this.report.warn(code, message, place, name);
    return template;
  }

  warnUnused(): void {
    const { macros, lists } = this.definitions;
    for (const { name, place } of macros.values()) {
      if (!this.usedMacros.has(name)) this.report.warn("LOAD_UNUSED_MACRO", `Macro "${name}" is unused`, place);
    }
    for (const { items } of lists.values()) for (const item of items) if (lists.has(item)) this.usedLists.add(item);
    for (const { name, place } of lists.values()) {
      if (!this.usedLists.has(name)) this.report.warn("LOAD_UNUSED_LIST", `List "${name}" is unused`, place);
    }
  }

  /** Runs a step on a condition, and reports an error with its location. @returns false if the step fails */
  private attempt(
    condition: MappedText,
    place: Location,
    rule: { readonly name: string; readonly skip: boolean } | undefined,
    step: () => void,
  ): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (!(error instanceof ConditionError)) throw error;
      if (rule !== undefined && this.isLeftOut(error, rule.name, place)) return false;
      if (rule?.skip && (error.fault === "unknown-field" || error.fault === "unknown-event-type")) {
        const where = this.placeIn(error.place, condition, place);
        this.report.warn("LOAD_UNKNOWN_FILTER", error.message, where, rule.name);
        return false;
      }
      for (const each of [error, ...error.more]) {
        if (this.report.isFull) break;
        if (this.isConsequence(each, condition)) continue;
        const { fault, message, place: at } = each;
        const question = fault === "mismatch" ? this.listMeant(at, condition) : "";
        const code =
          fault === "unknown-macro" || fault === "macro-loop" ? "LOAD_ERR_VALIDATE" : "LOAD_ERR_COMPILE_CONDITION";
        this.report.error(code, message + question, this.placeIn(at, condition, place), rule?.name);
      }
      return false;
    }
  }

  /** Whether a rule is skipped because all its errors concern fields or events of an absent plugin. */
  private isLeftOut(error: ConditionError | OutputError, name: string, { file }: Location): boolean {
    const plugin = this.leavesOut ? absentPlugin(error) : undefined;
    if (plugin !== undefined) this.leftOut.set(name, { name, file: file.name, plugin });
    return plugin !== undefined;
  }

  /** Suggests the name of a list for a value of the wrong type. */
  private listMeant(at: ConditionError["place"], condition: MappedText): string {
    const text = at.origin === "" ? condition.text : this.definitions.macros.get(at.origin)?.condition.text;
    return didYouMean(text?.slice(at.start, at.end) ?? "", this.lists.keys());
  }

  /** Whether the error is about a macro that was rejected earlier and whose error has been reported. */
  private isConsequence({ fault, place }: ConditionError, condition: MappedText): boolean {
    if (fault !== "unknown-macro") return false;
    const { macros } = this.definitions;
    const text = place.origin === "" ? condition.text : (macros.get(place.origin)?.condition.text ?? condition.text);
    return this.broken.has(text.slice(place.start, place.end));
  }

  /** The location in rule files of a span of a condition (or of a macro or list in it). */
  private placeIn({ origin, start }: ConditionError["place"], condition: MappedText, fallback: Location): Location {
    const { macros, lists } = this.definitions;
    if (origin === "") return condition.place(start, fallback);
    const macro = macros.get(origin);
    if (macro !== undefined) return macro.condition.place(start, macro.place);
    return lists.get(origin)?.place ?? fallback;
  }

  private parse(written: string, origin: string): Condition {
    let text = written;
    if (this.substituted.size > 0) {
      const put = substituteLists(written, this.substituted, origin);
      for (const name of put.used) this.usedLists.add(name);
      text = put.text;
    }
    const key = `${origin}\n${text}`;
    const known = this.parsed.get(key);
    if (known !== undefined) return known;
    const condition = parse(text, origin);
    this.parsed.set(key, condition);
    return condition;
  }

  private lastChange({ macros, lists }: Resolved, own: number): number {
    let last = own;
    for (const name of macros)
      last = Math.max(last, this.macroChanged.get(name) ?? this.definitions.macros.get(name)?.changed ?? 0);
    for (const name of lists) last = Math.max(last, this.definitions.lists.get(name)?.changed ?? 0);
    return last;
  }

  private use(resolved: Resolved): Resolved {
    for (const name of resolved.macros) this.usedMacros.add(name);
    for (const name of resolved.lists) this.usedLists.add(name);
    return resolved;
  }
}

const CONTAINER_INFO = "%container.info";

function withInvalid(macros: ReadonlyMap<string, Condition>, invalid: ReadonlySet<string>): Macros {
  return { get: (name) => macros.get(name), keys: () => macros.keys(), invalid };
}
