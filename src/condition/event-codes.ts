import { selectors } from "../field/roles.ts";
import type { Condition, Literal, Test, TransformOperand } from "./ast.ts";
import { ConditionError } from "./error.ts";

/** The codes of event types, and what names mean. */
export interface EventNames<Code extends number = number> {
  /** Every code there is. */
  readonly all: ReadonlySet<Code>;
  /** The codes that one name in `evt.type` stands for; empty for unknown names. */
  codesOf(name: string): Iterable<Code>;
}

/** Why a rule gets a warning: it has to look at more types of event than this. */
export const MANY_CODES = 100;

/**
 * The codes of the events that a resolved condition can hold for. Only comparisons of `evt.type` and `syscall.type`
 * with constants narrow them; negation is pushed down to those. Rules are not asked about other events, so this is
 * part of what a condition means: a name without a type of its own (`acct`) stands for the generic events as a whole,
 * and its negation excludes those as a whole.
 * @throws ConditionError (fault `mismatch`) where the type is compared in a way that can't be looked up
 */
export function eventCodes<Code extends number>(condition: Condition, names: EventNames<Code>): ReadonlySet<Code> {
  return new CodeSearch(names).condition(condition, false);
}

class CodeSearch<Code extends number> {
  private readonly names: EventNames<Code>;

  constructor(names: EventNames<Code>) {
    this.names = names;
  }

  condition(node: Condition, negated: boolean): ReadonlySet<Code> {
    switch (node.kind) {
      case "macro":
        return this.names.all;
      case "not":
        return this.condition(node.operand, !negated);
      case "test":
        return this.test(node, negated);
      default: {
        const sets = node.operands.map((operand) => this.condition(operand, negated));
        const narrowing = (node.kind === "and") !== negated;
        return sets.reduce((one, other) => (narrowing ? intersection(one, other) : union(one, other)));
      }
    }
  }

  private test({ left, operator, right }: Test, negated: boolean): ReadonlySet<Code> {
    const { all } = this.names;
    if (left.kind === "transform") {
      if (operator === "exists" || isEquality(operator)) forbidWithin(left);
      return all;
    }
    if (!isEventType(left)) return all;
    if (operator === "exists") return negated ? new Set() : all;
    if (!isEquality(operator) || right === undefined) return all;
    if (right.kind !== "literal" && right.kind !== "list") {
      throw new ConditionError("mismatch", `"${left.name}" can only be compared with constants.`, right.place);
    }
    const literals: readonly Literal[] = right.kind === "literal" ? [right] : right.items;
    const named = new Set<Code>();
    for (const { text } of literals) for (const code of this.names.codesOf(text)) named.add(code);
    const excluded = (operator === "!=") !== negated;
    return excluded ? new Set([...all].filter((code) => !named.has(code))) : named;
  }
}

function isEquality(operator: string): boolean {
  return operator === "=" || operator === "!=" || operator === "in";
}

function isEventType(term: TransformOperand): boolean {
  return term.kind === "field" && selectors.has(term.name) && term.argument === undefined;
}

function forbidWithin(term: TransformOperand): void {
  if (isEventType(term)) {
    throw new ConditionError("mismatch", "The type of an event can't be given to a transformer here.", term.place);
  }
  if (term.kind === "transform") for (const operand of term.operands) forbidWithin(operand);
  // Of a list only its last member is looked at: stricter would refuse what the reference takes.
  if (term.kind === "tuple") for (const item of term.items.slice(-1)) forbidWithin(item);
}

function intersection<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): ReadonlySet<T> {
  if (one === other) return one;
  return new Set([...one].filter((member) => other.has(member)));
}

function union<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): ReadonlySet<T> {
  if (one === other) return one;
  return new Set([...one, ...other]);
}
