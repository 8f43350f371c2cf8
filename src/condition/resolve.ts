import type { Condition, List, Literal, MacroName, Span, Test } from "./ast.ts";
import { didYouMean } from "./did-you-mean.ts";
import { ConditionError, ConditionErrors } from "./error.ts";
import { limits } from "./limits.ts";
import { measure } from "./measure.ts";
import { MAX_NESTING, parseItem } from "./parse.ts";

/** Conditions of macros by name, parsed or resolved. */
export interface Macros extends Pick<ReadonlyMap<string, Condition>, "get" | "keys"> {
  /** Names of invalid macros. No similar names are suggested for these, since their errors are reported. */
  readonly invalid?: ReadonlySet<string>;
}

const NONE: Macros = new Map();

/** The remaining number of items to which lists in subsequent conditions may expand. */
export interface Budget {
  items: number;
}

/** Items of lists by name, as in rule files. An item may be the name of another list. */
export type Lists = ReadonlyMap<string, readonly string[]>;

export interface Resolved {
  /** The condition without nodes of kind `macro` and without literals that are names of lists. */
  readonly condition: Condition;
  /** Macros used at any depth. */
  readonly macros: ReadonlySet<string>;
  /** Lists used at any depth. */
  readonly lists: ReadonlySet<string>;
}

/**
 * Replaces names of macros and lists. Nodes of a macro keep their spans in the macro's text and are shared between its
 * uses.
 * @throws ConditionError with all errors: faults `unknown-macro`, `macro-loop`; `syntax` for an invalid list item
 */
export function resolve(
  condition: Condition,
  macros: Macros,
  lists: Lists,
  ...[resolved, budget]: readonly [Macros?, Budget?]
): Resolved {
  const mistakes = new ConditionErrors();
  const result = resolveLeniently(condition, macros, lists, mistakes, resolved, budget);
  mistakes.check();
  return result;
}

/**
 * Like {@link resolve}, but continues after errors. Macros and tests with errors stay unresolved.
 * @param resolved resolved conditions of macros, which take precedence. The macros and lists that they use are not
 *   included in the result.
 * @param budget reduced by the number of list items
 */
export function resolveLeniently(
  condition: Condition,
  macros: Macros,
  lists: Lists,
  mistakes: ConditionErrors,
  resolved = NONE,
  budget: Budget = { items: limits.allItems },
): Resolved {
  const resolver = new Resolver(macros, lists, mistakes, resolved, budget);
  return {
    condition: mistakes.or(condition, () => resolver.condition(condition, 0)),
    macros: resolver.usedMacros,
    lists: resolver.usedLists,
  };
}

class Resolver {
  readonly usedMacros = new Set<string>();
  readonly usedLists = new Set<string>();
  private readonly mistakes: ConditionErrors;
  private readonly macros: Macros;
  private readonly lists: Lists;
  private readonly resolved: Macros;
  private readonly done = new Map<string, Condition>();
  private readonly path: string[] = [];
  private readonly budget: Budget;
  /** Number of list items that were added, including names of lists. */
  private items = 0;

  constructor(macros: Macros, lists: Lists, mistakes: ConditionErrors, resolved: Macros, budget: Budget) {
    this.resolved = resolved;
    this.budget = budget;
    this.mistakes = mistakes;
    this.macros = macros;
    this.lists = lists;
  }

  condition(node: Condition, depth: number): Condition {
    if (depth > 3 * MAX_NESTING) {
      throw new ConditionError("syntax", "The condition is nested too deeply because of nested macros.", node.place);
    }
    switch (node.kind) {
      case "macro":
        return this.mistakes.or<Condition>(node, () => this.macro(node, depth));
      case "test":
        return this.mistakes.or(node, () => this.test(node));
      case "not": {
        const operand = this.condition(node.operand, depth + 1);
        return checked(operand === node.operand ? node : { ...node, operand });
      }
      default: {
        const operands = node.operands.map((operand) => this.condition(operand, depth + 1));
        return checked(operands.every((operand, i) => operand === node.operands[i]) ? node : { ...node, operands });
      }
    }
  }

  private macro(node: MacroName, depth: number): Condition {
    const { name, place } = node;
    const known = this.done.get(name);
    if (known !== undefined) return known;
    const ready = this.resolved.get(name);
    if (ready !== undefined) {
      this.usedMacros.add(name);
      return ready;
    }
    if (this.path.includes(name)) {
      const loop = [...this.path.slice(this.path.indexOf(name)), name].join(" → ");
      throw new ConditionError("macro-loop", `Macro "${name}" refers to itself (${loop}).`, place);
    }
    const macro = this.macros.get(name);
    if (macro === undefined) {
      const question = this.macros.invalid?.has(name) ? "" : didYouMean(name, this.macros.keys());
      throw new ConditionError("unknown-macro", `Unknown macro "${name}".${question}`, place);
    }
    this.usedMacros.add(name);
    this.path.push(name);
    try {
      const resolved = this.condition(macro, depth + 1);
      this.done.set(name, resolved);
      return resolved;
    } finally {
      this.path.pop();
    }
  }

  private test(node: Test): Test {
    const { right } = node;
    if (right === undefined) return node;
    if (right.kind === "literal") {
      const literal = this.single(right);
      return literal === right ? node : { ...node, right: literal };
    }
    if (right.kind !== "list") return node;
    const items: Literal[] = [];
    for (const item of right.items) this.addItems(items, item, []);
    if (items.length === right.items.length && items.every((item, i) => item === right.items[i])) return node;
    const list: List = { ...right, items };
    return { ...node, right: list };
  }

  /** Resolves `= name` for a list with one item, as in old rule files. */
  private single(literal: Literal): Literal {
    const items: Literal[] = [];
    this.addItems(items, literal, []);
    if (items.length === 1) return items[0]!;
    const message = `List "${literal.text}" has ${items.length} items, but the operator compares with a single item; use "in".`;
    throw new ConditionError("syntax", message, literal.place);
  }

  /** Adds a value, or the values of the list that it names. */
  private addItems(into: Literal[], literal: Literal, path: readonly string[], place?: Span): void {
    if (++this.items > limits.items || --this.budget.items < 0) {
      const message =
        this.items > limits.items
          ? `Lists expand to more than ${limits.items} items.`
          : `The lists of all conditions expand to more than ${limits.allItems} items.`;
      throw new ConditionError("syntax", message, place ?? literal.place);
    }
    const items = literal.quoted || path.includes(literal.text) ? undefined : this.lists.get(literal.text);
    if (items === undefined) {
      // The values of a list get the location of its name.
      into.push(place === undefined ? literal : { ...literal, place });
      return;
    }
    if (path.length >= MAX_NESTING) {
      const message = `Lists are nested deeper than ${MAX_NESTING} levels.`;
      throw new ConditionError("syntax", message, place ?? literal.place);
    }
    this.usedLists.add(literal.text);
    const inner = [...path, literal.text];
    for (const item of items) {
      for (const value of this.values(item, literal)) this.addItems(into, value, inner, place ?? literal.place);
    }
  }

  /** Returns the values of a list item. */
  private values(item: string, name: Literal): readonly Literal[] {
    // Items that are names of lists are not parsed: names may contain dots, dashes and the like.
    if (this.lists.has(item)) return [{ kind: "literal", text: item, quoted: false, place: name.place }];
    try {
      return parseItem(item, name.text);
    } catch (error) {
      if (!(error instanceof ConditionError) || error.fault !== "syntax") throw error;
      throw new ConditionError(
        "syntax",
        `Item ${JSON.stringify(item)} of list "${name.text}": ${error.message}`,
        name.place,
      );
    }
  }
}

/** @throws ConditionError if the condition is too large or nested too deeply */
function checked<Node extends Condition>(condition: Node): Node {
  const { nodes, depth } = measure(condition);
  if (nodes > limits.nodes) {
    const message = `The condition has more than ${limits.nodes} tests and operators, with macros expanded.`;
    throw new ConditionError("syntax", message, condition.place);
  }
  if (depth > 3 * MAX_NESTING) {
    throw new ConditionError("syntax", "The condition is nested too deeply because of nested macros.", condition.place);
  }
  return condition;
}
