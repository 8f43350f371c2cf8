import { selectors } from "../field/roles.ts";
import type { Condition, Junction, Literal, Modifier, Test, TransformOperand } from "./ast.ts";
import { ConditionError } from "./error.ts";
import type { SharedBindings } from "./shared-bindings.ts";

/** The codes of event types, and their names. */
export interface EventNames<Code extends number = number> {
  /** All codes. */
  readonly all: ReadonlySet<Code>;
  /** The codes of the events with a name in `evt.type`; empty for unknown names. */
  codesOf(name: string): Iterable<Code>;
  /** The codes of the events in which a field can have a value; undefined for no restriction. */
  codesWith?(field: string): ReadonlySet<Code> | undefined;
}

/** Number of event types above which a warning about the rule is reported. */
export const MANY_CODES = 100;

/**
 * The codes of the events that a resolved condition can match. Comparisons of the event type or the system call with
 * constants restrict the codes, as do tests of fields that only some events can have; negation is pushed down to these
 * tests. Rules are not evaluated for other events, so the codes are part of the meaning of a condition: a name without
 * a separate event type (`acct`) matches all generic events, and its negation excludes all of them.
 * @throws ConditionError (fault `mismatch`) if the type is compared in a way that cannot be indexed
 */
export function eventCodes<Code extends number>(
  condition: Condition,
  names: EventNames<Code>,
  shared?: SharedBindings,
): ReadonlySet<Code> {
  return new CodeSearch(names, shared).condition(condition, false);
}

/** Codes by condition, and by negated condition. */
interface Found<Code> {
  readonly plain: Map<Condition, ReadonlySet<Code>>;
  readonly negated: Map<Condition, ReadonlySet<Code>>;
}

class CodeSearch<Code extends number> {
  private readonly names: EventNames<Code>;
  private readonly shared: SharedBindings | undefined;
  /** Results by node. Nodes of macros are shared, so each node is searched once, and its negation once. */
  private readonly done: Found<Code> = { plain: new Map(), negated: new Map() };

  constructor(names: EventNames<Code>, shared: SharedBindings | undefined) {
    this.names = names;
    this.shared = shared;
  }

  /** The cached results for a node: results that all conditions share, or results of this condition. */
  private foundOf(node: Condition): Found<Code> {
    if (this.shared?.has(node) !== true) return this.done;
    const parts = this.shared.of<Found<Code>>(this.names);
    const found = parts.get(node) ?? { plain: new Map(), negated: new Map() };
    parts.set(node, found);
    return found;
  }

  condition(node: Condition, negated: boolean): ReadonlySet<Code> {
    switch (node.kind) {
      case "macro":
        return this.names.all;
      case "not":
        return this.condition(node.operand, !negated);
      case "test":
        return this.test(node, negated);
      default:
        return this.junction(node, negated);
    }
  }

  private junction(node: Junction, negated: boolean): ReadonlySet<Code> {
    const found = this.foundOf(node);
    const done = negated ? found.negated : found.plain;
    const known = done.get(node);
    if (known !== undefined) return known;
    const sets = node.operands.map((operand) => this.condition(operand, negated));
    const narrowing = (node.kind === "and") !== negated;
    const all = sets.reduce((one, other) => (narrowing ? intersection(one, other) : union(one, other)));
    done.set(node, all);
    return all;
  }

  private test({ left, operator, modifier, right }: Test, negated: boolean): ReadonlySet<Code> {
    const { all } = this.names;
    if (left.kind === "transform") {
      if (operator === "exists" || isEquality(operator)) forbidWithin(left);
      return all;
    }
    if (!isEventType(left)) return this.others(left, operator, negated);
    if (operator === "exists") return negated ? new Set() : all;
    if (!isEquality(operator) || right === undefined) return all;
    if (right.kind !== "literal" && right.kind !== "list") {
      throw new ConditionError("mismatch", `"${left.name}" can only be compared with constants.`, right.place);
    }
    const literals: readonly Literal[] = right.kind === "literal" ? [right] : right.items;
    if (!isMembership(operator, modifier, literals)) return all;
    const named = new Set<Code>();
    for (const { text } of literals) for (const code of this.names.codesOf(text)) named.add(code);
    const excluded = (operator === "!=") !== negated;
    return excluded ? new Set([...all].filter((code) => !named.has(code))) : named;
  }

  /** Codes of events that a test of any other field can match. A test of a missing value is false. */
  private others(left: TransformOperand, operator: string, negated: boolean): ReadonlySet<Code> {
    const { all, codesWith } = this.names;
    if (codesWith === undefined || negated || operator === "!=" || left.kind !== "field") return all;
    return codesWith(left.name) ?? all;
  }
}

function isEquality(operator: string): boolean {
  return operator === "=" || operator === "!=" || operator === "in";
}

/** Whether a comparison is true exactly for the listed types or, with `!=`, exactly for all other types. */
function isMembership(operator: string, modifier: Modifier | undefined, literals: readonly Literal[]): boolean {
  switch (modifier) {
    case undefined:
      return true;
    case "anyof":
      return operator === "=";
    case "allof":
      return operator === "!=" && literals.length > 0; // nothing matches an empty list
    default:
      // An event type that is listed twice equals two members of the list.
      return operator === "=" && new Set(literals.map(({ text }) => text)).size === literals.length;
  }
}

function isEventType(term: TransformOperand): boolean {
  return term.kind === "field" && selectors.has(term.name) && term.argument === undefined;
}

function forbidWithin(term: TransformOperand): void {
  if (isEventType(term)) {
    throw new ConditionError("mismatch", "The event type does not support transformers here.", term.place);
  }
  if (term.kind === "transform") for (const operand of term.operands) forbidWithin(operand);
  // Only the last member of a list is checked, as in Falco.
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
