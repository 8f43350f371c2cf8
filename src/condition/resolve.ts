import type { Condition, List, Literal, MacroName, Span, Test } from "./ast.ts";
import { didYouMean } from "./did-you-mean.ts";
import { ConditionError, ConditionErrors } from "./error.ts";
import { MAX_NESTING, parseItem } from "./parse.ts";

/** Conditions by the names of their macros: as read, or resolved already. */
export type Macros = ReadonlyMap<string, Condition>;

/** The items of lists by name, as rule files hold them: an item may be the name of another list. */
export type Lists = ReadonlyMap<string, readonly string[]>;

export interface Resolved {
  /** Without names: no node of kind `macro`, no literal that is the name of a list. */
  readonly condition: Condition;
  /** The macros that were used, at any depth. */
  readonly macros: ReadonlySet<string>;
  /** The lists that were used, at any depth. */
  readonly lists: ReadonlySet<string>;
}

/**
 * Puts macros and lists in place of their names. A macro's nodes keep the places they have in the macro's own text and
 * are shared, not copied, where it is used several times.
 * @throws ConditionError all mistakes: faults `unknown-macro`, `macro-loop`; `syntax` for a list item that is no value
 */
export function resolve(condition: Condition, macros: Macros, lists: Lists): Resolved {
  const mistakes = new ConditionErrors();
  const resolved = resolveLeniently(condition, macros, lists, mistakes);
  mistakes.check();
  return resolved;
}

/** The same, but goes on behind mistakes: a macro or test that has one stays as it was written. */
export function resolveLeniently(
  condition: Condition,
  macros: Macros,
  lists: Lists,
  mistakes: ConditionErrors,
): Resolved {
  const resolver = new Resolver(macros, lists, mistakes);
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
  private readonly done = new Map<string, Condition>();
  private readonly path: string[] = [];

  constructor(macros: Macros, lists: Lists, mistakes: ConditionErrors) {
    this.mistakes = mistakes;
    this.macros = macros;
    this.lists = lists;
  }

  condition(node: Condition, depth: number): Condition {
    if (depth > 3 * MAX_NESTING) {
      throw new ConditionError("syntax", "Nested macros make the condition too deep.", node.place);
    }
    switch (node.kind) {
      case "macro":
        return this.mistakes.or<Condition>(node, () => this.macro(node, depth));
      case "test":
        return this.mistakes.or(node, () => this.test(node));
      case "not": {
        const operand = this.condition(node.operand, depth + 1);
        return operand === node.operand ? node : { ...node, operand };
      }
      default: {
        const operands = node.operands.map((operand) => this.condition(operand, depth + 1));
        return operands.every((operand, i) => operand === node.operands[i]) ? node : { ...node, operands };
      }
    }
  }

  private macro(node: MacroName, depth: number): Condition {
    const { name, place } = node;
    const known = this.done.get(name);
    if (known !== undefined) return known;
    if (this.path.includes(name)) {
      const loop = [...this.path.slice(this.path.indexOf(name)), name].join(" → ");
      throw new ConditionError("macro-loop", `Macro "${name}" refers to itself (${loop}).`, place);
    }
    const macro = this.macros.get(name);
    if (macro === undefined) {
      const question = didYouMean(name, this.macros.keys());
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
    const items = right.items.flatMap((item) => this.item(item, []));
    if (items.length === right.items.length && items.every((item, i) => item === right.items[i])) return node;
    const list: List = { ...right, items };
    return { ...node, right: list };
  }

  /** `= name` where the list has one item: upstream rules never do it, but old rule files do. */
  private single(literal: Literal): Literal {
    const items = this.item(literal, []);
    if (items.length === 1) return items[0]!;
    const message = `List "${literal.text}" has ${items.length} items, but the operator compares with one; use "in".`;
    throw new ConditionError("syntax", message, literal.place);
  }

  private item(literal: Literal, path: readonly string[]): readonly Literal[] {
    if (literal.quoted || path.includes(literal.text)) return [literal];
    const items = this.lists.get(literal.text);
    if (items === undefined) return [literal];
    this.usedLists.add(literal.text);
    const inner = [...path, literal.text];
    return items.flatMap((item) => this.values(item, literal, inner)).map((value) => atPlace(value, literal.place));
  }

  private values(item: string, name: Literal, path: readonly string[]): readonly Literal[] {
    // Whole items that are names of lists need no look at their text: names may hold dots, dashes and the like.
    if (this.lists.has(item)) {
      return this.item({ kind: "literal", text: item, quoted: false, place: name.place }, path);
    }
    try {
      return parseItem(item, name.text).flatMap((value) => this.item(value, path));
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

/** A list's values are shown where its name stands. */
function atPlace(literal: Literal, place: Span): Literal {
  return { ...literal, place };
}
