import type { Literal } from "../../condition/ast.ts";
import { bind } from "../../condition/bind.ts";
import type { Bound, Leaf } from "../../condition/bound.ts";
import { evaluate, leafTest } from "../../condition/evaluate.ts";
import type { Observed } from "../../machine/observed.ts";
import type { Location, RuleFile } from "../../rule/location.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { Bench } from "../bench.ts";
import type { Part } from "../condition-tree.ts";
import { itemAt } from "../item-at.ts";
import type { TestCase } from "./test-file.ts";

/**
 * A unit of coverage. A sub-condition is covered if it evaluated to both true and false. The parts of a condition after
 * the deciding part are not evaluated. A case counts only for the rules that it expects to match or not to match. The
 * sub-conditions of a macro are the same units in all rules that use the macro.
 */
export interface Unit {
  /** `condition`: a comparison. `exception`: an exception of a rule. `item`: a value in a list. */
  readonly kind: "condition" | "exception" | "item";
  readonly text: string;
  /** The enclosing rule, macro or list. */
  readonly of: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Whether the unit was true at least once: an exception applied, or an item matched. */
  seenTrue: boolean;
  /** Whether the unit was false at least once, which is not required of items. */
  seenFalse: boolean;
  /** Why a test file declares the unit undecidable; "" if no test file does. */
  reason: string;
}

export function isCovered({ kind, seenTrue, seenFalse }: Unit): boolean {
  return seenTrue && (seenFalse || kind === "item");
}

/** Number of covered units, and of all units. */
export interface Share {
  readonly covered: number;
  readonly all: number;
}

export function shareOf(units: Iterable<Unit>, kind: Unit["kind"]): Share {
  let covered = 0;
  let all = 0;
  for (const unit of units) {
    if (unit.kind !== kind || unit.reason !== "") continue;
    all++;
    if (isCovered(unit)) covered++;
  }
  return { covered, all };
}

/** Returns a percentage, rounded down to one decimal, so that 100 means all; 100 if there are no units. */
export function percent({ covered, all }: Share): number {
  return all === 0 ? 100 : Math.floor((covered * 1000) / all) / 10;
}

/** Collects the coverage of all tests. */
export class Coverage {
  private readonly found = new Map<string, Unit>();
  private readonly watches = new WeakMap<Bench, Watch[]>();

  /** All units, sorted by position. */
  get units(): readonly Unit[] {
    return [...this.found.values()].sort(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.text, b.text),
    );
  }

  /** Adds the units of rules, including rules without a test. */
  expect(bench: Bench, files: readonly RuleFile[]): void {
    this.watch(bench, files);
  }

  /**
   * Excludes uncovered units by text (`fd.num = -1`, or `macro refused: fd.num = -1` if the text is ambiguous).
   * @returns the strings that match no uncovered unit
   */
  exclude(reasons: ReadonlyMap<string, string>): string[] {
    const idle = new Set(reasons.keys());
    for (const unit of this.found.values()) {
      if (isCovered(unit)) continue;
      for (const key of [unit.text, `${unit.of}: ${unit.text}`]) {
        const reason = reasons.get(key);
        if (reason === undefined) continue;
        unit.reason = reason;
        idle.delete(key);
      }
    }
    return [...idle];
  }

  /** Returns an observer of the events of a case. */
  look(bench: Bench, test: TestCase, files: readonly RuleFile[]): (event: Observed) => void {
    const expected = new Set([...test.fires, ...test.silent.rules].map(({ rule }) => rule));
    const watches = this.watch(bench, files).filter(
      ({ rule }) => rule.source === test.source && ((test.silent.all && rule.enabled) || expected.has(rule.name)),
    );
    return (event) => {
      for (const { see } of watches) see(event);
    };
  }

  private watch(bench: Bench, files: readonly RuleFile[]): Watch[] {
    const known = this.watches.get(bench);
    if (known !== undefined) return known;
    const watches = bench.rules.map((rule): Watch => {
      const watched = this.watched(bench.trees.of(rule), rule, rule.name, bench, new Set(files), false);
      return { rule, see: watched };
    });
    this.watches.set(bench, watches);
    return watches;
  }

  /** Returns a function that evaluates a part of a condition and records the results. */
  private watched(
    part: Part,
    rule: LoadedRule,
    within: string,
    bench: Bench,
    files: ReadonlySet<RuleFile>,
    excepting: boolean,
  ): (event: Observed) => boolean {
    const inner = (of: Part, name = within, excepts = excepting) => this.watched(of, rule, name, bench, files, excepts);
    switch (part.kind) {
      case "macro":
        return inner(itemAt(part.parts, 0), `macro ${part.name}`);
      case "not": {
        const operand = inner(itemAt(part.parts, 0));
        return (event) => !operand(event);
      }
      case "and": {
        const operands = part.parts.map((of) => inner(of));
        return (event) => operands.every((operand) => operand(event));
      }
      case "or": {
        const operands = part.parts.map((of) => inner(of));
        return (event) => operands.some((operand) => operand(event));
      }
      case "exception":
        return this.exception(part, rule, bench, files);
      default: {
        const unit = this.unit("condition", part.text, within, part.place, files);
        const see = leafTest(leafOf(part.bound));
        const items = this.items(part, within, rule, bench, files);
        return (event) => {
          const holds = see(event);
          if (unit !== undefined) note(unit, holds);
          if (holds) for (const item of items) if (!item.unit.seenTrue && item.see(event)) item.unit.seenTrue = true;
          return holds;
        };
      }
    }
  }

  /**
   * Returns a function that evaluates an exception and records the result. An exception is one unit, and each of its
   * values is an item.
   */
  private exception(
    part: Part,
    rule: LoadedRule,
    bench: Bench,
    files: ReadonlySet<RuleFile>,
  ): (event: Observed) => boolean {
    const unit = this.unit("exception", `exception ${part.name}`, rule.name, part.place, files);
    const within = `exception ${part.name} of ${rule.name}`;
    const values = itemAt(itemAt(part.parts, 0).parts, 0); // An exception has the form `not (…)`.
    const items: Item[] = values.kind === "test" ? this.items(values, within, rule, bench, files) : [];
    if (items.length === 0) {
      for (const value of values.kind === "or" ? values.parts : [values]) {
        const item = this.unit("item", value.text.trim(), within, value.place, files);
        if (item !== undefined) items.push({ unit: item, see: (event) => evaluate(value.bound, event) });
      }
    }
    return (event) => {
      const passes = evaluate(part.bound, event);
      if (unit !== undefined) note(unit, !passes);
      if (!passes) for (const item of items) if (!item.unit.seenTrue && item.see(event)) item.unit.seenTrue = true;
      return passes;
    };
  }

  /** Returns the values in the list of a test. */
  private items(part: Part, within: string, rule: LoadedRule, bench: Bench, files: ReadonlySet<RuleFile>): Item[] {
    const { node } = leafOf(part.bound);
    if (node.right?.kind !== "list") return [];
    const { right } = node;
    const [first, second] = right.items;
    if (first === undefined || (second === undefined && listOf(first, part, bench) === undefined)) return [];
    return right.items.flatMap((literal) => {
      const list = listOf(literal, part, bench);
      const place = list?.place ?? part.place;
      const unit = this.unit("item", literal.text, list === undefined ? within : `list ${list.name}`, place, files);
      if (unit === undefined) return [];
      let alone: Bound | undefined;
      const see = (event: Observed): boolean => {
        alone ??= bind({ ...node, right: { ...right, items: [literal] } }, bench.words(rule.source)).condition;
        return evaluate(alone, event);
      };
      return [{ unit, see }];
    });
  }

  private unit(
    kind: Unit["kind"],
    text: string,
    of: string,
    place: Location,
    files: ReadonlySet<RuleFile>,
  ): Unit | undefined {
    if (!files.has(place.file)) return undefined;
    const key = `${kind}\n${place.file.name}\n${place.offset}\n${text}\n${kind === "condition" ? "" : of}`;
    const known = this.found.get(key);
    if (known !== undefined) return known;
    const unit = {
      kind,
      text,
      of,
      file: place.file.name,
      ...place.position(),
      seenTrue: false,
      seenFalse: false,
      reason: "",
    };
    this.found.set(key, unit);
    return unit;
  }
}

interface Watch {
  readonly rule: LoadedRule;
  readonly see: (event: Observed) => boolean;
}

interface Item {
  readonly unit: Unit;
  readonly see: (event: Observed) => boolean;
}

function note(unit: Unit, holds: boolean): void {
  if (holds) unit.seenTrue = true;
  else unit.seenFalse = true;
}

function leafOf(bound: Bound): Leaf {
  switch (bound.kind) {
    case "and":
    case "or":
    case "not":
      throw new Error(`Expected a test, found "${bound.kind}".`);
    default:
      return bound;
  }
}

type Lists = Bench["definitions"]["lists"];
type ListOf = NonNullable<ReturnType<Lists["get"]>>;

/** Returns the list that an item comes from; undefined if the item is in the condition. */
function listOf(literal: Literal, part: Part, { definitions: { lists } }: Bench): ListOf | undefined {
  const { start, end } = literal.place;
  for (const name of part.text.split(/[\s(),]+/)) {
    if (name === "" || name.length !== end - start || literal.text === name) continue;
    const list = holder(name, literal.text, lists, new Set());
    if (list !== undefined) return list;
  }
  return undefined;
}

/** Returns the list that contains an item: the named list or a nested list. */
function holder(name: string, text: string, lists: Lists, above: ReadonlySet<string>): ListOf | undefined {
  const list = lists.get(name);
  if (list === undefined || above.has(name)) return undefined;
  const within = new Set(above).add(name);
  for (const item of list.items) {
    if (item === text || item === `"${text}"` || item === `'${text}'`) return list;
    const inner = holder(item, text, lists, within);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
