import { selectors } from "../field/roles.ts";
import type { Bound, BoundJunction, BoundNegation, ComparisonTest, Leaf, OwnTest, Subject } from "./bound.ts";
import { type Comparison, matcher } from "./compare.ts";
import { typeClass } from "./types.ts";

/**
 * A simplified condition with a unique `id`. Equal conditions of a {@link Simplifier} are the same object, so they can
 * be compared by identity.
 */
export type Node =
  | { readonly kind: "constant"; readonly id: number; readonly value: boolean }
  | { readonly kind: "leaf"; readonly id: number; readonly leaf: SimpleLeaf }
  | { readonly kind: "not"; readonly id: number; readonly operand: Node }
  | { readonly kind: "and" | "or"; readonly id: number; readonly operands: readonly Node[] };

/** A part of a condition that is evaluated as a separate test. */
export type PartTest = Pick<OwnTest, "kind" | "key" | "test">;

/** A test. It may have no source node, since it may be merged from several tests. */
export type SimpleLeaf = Leaf | Omit<ComparisonTest, "node"> | PartTest;

/** A junction in which some operands have been replaced with separate tests. */
export interface Parts {
  /** The operands that have not been replaced. */
  readonly rest: readonly Bound[];
  readonly tests: readonly PartTest[];
}

/** Returns the constant result of a leaf for all events of a type; undefined if the result depends on the event. */
export type Fold = (leaf: Leaf) => boolean | undefined;

/** Folds tests of the event type, for a type with a single name. */
export function foldEventType(name: string): Fold {
  return (leaf) => {
    if (leaf.kind === "exists") return isEventType(leaf.subject) ? true : undefined;
    if (leaf.kind !== "compare" || !isEventType(leaf.subject)) return undefined;
    return matcher(leaf.comparison)(name);
  };
}

/** Whether the result of a leaf depends on the event type, in which case {@link foldEventType} folds the leaf. */
export function dependsOnType(leaf: Leaf): boolean {
  return (leaf.kind === "exists" || leaf.kind === "compare") && isEventType(leaf.subject);
}

function isEventType({ field }: Subject): boolean {
  return field !== undefined && selectors.get(field) === "event";
}

/** Splits a junction into parts. Returns undefined if no part is evaluated as a separate test. */
export interface PartsOf {
  of(junction: BoundJunction): Parts | undefined;
}

/** State shared by the simplifiers of all event types: nodes, and parts that do not depend on the type. */
export class Alike {
  /** Nodes by content. Keys of tests can be long, so they are used without copying. */
  readonly nodes = new Map<string, Node>();
  readonly leaves = new Map<string, Node>();
  readonly done = new Map<BoundJunction | BoundNegation, Node>();
  private lastId = 0;
  private readonly dependent = new Map<BoundJunction | BoundNegation, boolean>();

  newId(): number {
    return ++this.lastId;
  }

  /** Whether a part of a condition depends on the event type. */
  isDependent(bound: Bound): boolean {
    switch (bound.kind) {
      case "and":
      case "or":
      case "not":
        return this.isKnownDependent(bound);
      default:
        return dependsOnType(bound);
    }
  }

  private isKnownDependent(bound: BoundJunction | BoundNegation): boolean {
    const known = this.dependent.get(bound);
    if (known !== undefined) return known;
    const operands = bound.kind === "not" ? [bound.operand] : bound.operands;
    const isDependent = operands.some((operand) => this.isDependent(operand));
    this.dependent.set(bound, isDependent);
    return isDependent;
  }
}

/**
 * Simplifies bound conditions together. In the result, no junction contains a constant, a junction of the same kind, or
 * the same operand twice, and `not` is never doubled. In an `or` (or, if negated, in an `and`), the comparisons of a
 * subject by `=` and `in`, or by an operator such as `startswith`, are merged into one leaf.
 */
export class Simplifier {
  readonly yes: Node;
  readonly no: Node;
  private readonly fold: Fold;
  private readonly parts: PartsOf | undefined;
  private readonly alike: Alike;
  private readonly nodes: Map<string, Node>;
  private readonly done = new Map<BoundJunction | BoundNegation, Node>();

  /** @param alike state shared with the simplifiers of other event types */
  constructor(fold: Fold = () => undefined, parts?: PartsOf, alike: Alike = new Alike()) {
    this.fold = fold;
    this.parts = parts;
    this.alike = alike;
    this.nodes = alike.nodes;
    this.yes = this.intern("yes", (id) => ({ kind: "constant", id, value: true }));
    this.no = this.intern("no", (id) => ({ kind: "constant", id, value: false }));
  }

  simplify(bound: Bound): Node {
    switch (bound.kind) {
      case "and":
      case "or":
      case "not":
        return this.inner(bound);
      default:
        return this.test(bound);
    }
  }

  private inner(bound: BoundJunction | BoundNegation): Node {
    const done = this.alike.isDependent(bound) ? this.done : this.alike.done;
    const known = done.get(bound);
    if (known !== undefined) return known;
    const node = this.make(bound);
    done.set(bound, node);
    return node;
  }

  /** Simplifies a junction of conditions. */
  join(kind: "and" | "or", operands: readonly Bound[]): Node {
    return this.junction(
      kind,
      operands.map((operand) => this.simplify(operand)),
    );
  }

  private make(bound: BoundJunction | BoundNegation): Node {
    if (bound.kind === "not") return this.not(this.simplify(bound.operand));
    const parts = this.parts?.of(bound);
    if (parts === undefined) return this.join(bound.kind, bound.operands);
    const rest = parts.rest.map((operand) => this.simplify(operand));
    return this.junction(bound.kind, [...rest, ...parts.tests.map((test) => this.leaf(test))]);
  }

  private test(leaf: Leaf): Node {
    const value = this.fold(leaf);
    if (value !== undefined) return value ? this.yes : this.no;
    return isHopeless(leaf) ? this.no : this.leaf(leaf);
  }

  private intern(key: string, make: (id: number) => Node): Node {
    const known = this.nodes.get(key);
    if (known !== undefined) return known;
    const node = make(this.alike.newId());
    this.nodes.set(key, node);
    return node;
  }

  private leaf(leaf: SimpleLeaf): Node {
    const { leaves } = this.alike;
    const known = leaves.get(leaf.key);
    if (known !== undefined) return known;
    const node: Node = { kind: "leaf", id: this.alike.newId(), leaf };
    leaves.set(leaf.key, node);
    return node;
  }

  private not(operand: Node): Node {
    if (operand.kind === "constant") return operand.value ? this.no : this.yes;
    if (operand.kind === "not") return operand.operand;
    return this.intern(`not ${operand.id}`, (id) => ({ kind: "not", id, operand }));
  }

  private junction(kind: "and" | "or", operands: readonly Node[]): Node {
    const neutral = kind === "and";
    const flat = new Set<Node>();
    for (const operand of operands) {
      for (const part of operand.kind === kind ? operand.operands : [operand]) {
        if (part.kind !== "constant") flat.add(part);
        else if (part.value !== neutral) return part;
      }
    }
    const merged = kind === "or" ? this.merge([...flat]) : this.mergeNegated([...flat]);
    const parts = heavyLast(merged);
    if (parts.length === 0) return neutral ? this.yes : this.no;
    if (parts.length === 1) return parts[0]!;
    const key = `${kind} ${parts.map((part) => part.id).join()}`;
    return this.intern(key, (id) => ({ kind, id, operands: parts }));
  }

  /** Converts `not a and not b` to `not (a or b)` if the two operands can be merged. */
  private mergeNegated(parts: readonly Node[]): readonly Node[] {
    const negated = parts.filter((part) => part.kind === "not").map((part) => part.operand);
    const merged = this.merge(negated);
    if (merged.length === negated.length) return parts;
    const left = new Map(merged.map((node) => [groupKey(node), node] as const));
    const result = new Set<Node>();
    for (const part of parts) {
      if (part.kind !== "not") result.add(part);
      else result.add(this.not(left.get(groupKey(part.operand)) ?? part.operand));
    }
    return [...result];
  }

  /** Merges comparisons of the same subject in the parts of an `or`. */
  private merge(parts: readonly Node[]): readonly Node[] {
    const groups = Map.groupBy(parts, groupKey);
    if (groups.size === parts.length) return parts;
    // Groups are in the order of their first parts.
    return [...groups.values()].map((group) => (group.length > 1 ? this.merged(group) : group[0]!));
  }

  private merged(group: readonly Node[]): Node {
    const tests = group.map(comparisonOf).filter((test) => test !== undefined);
    const { subject, comparison } = tests[0]!;
    const operands = [...new Set(tests.flatMap((test) => test.comparison.operands))];
    const equal = comparison.operator === "=" || comparison.operator === "in";
    const together: Comparison = equal
      ? { ...comparison, operator: "in", modifier: undefined, operands }
      : { ...comparison, modifier: "anyof", operands };
    const key = `${subject.key} any ${together.operator} ${operands.map((value) => `${typeof value} ${String(value).length} ${value}`).join()}`;
    return this.leaf({ kind: "compare", key, subject, comparison: together });
  }
}

/** Whether a leaf is a comparison with an empty list, which never matches. */
function isHopeless(leaf: Leaf): boolean {
  return leaf.kind === "compare" && !leaf.subject.list && leaf.comparison.operands.length === 0;
}

const HEAVY_OPERATORS: ReadonlySet<string> = new Set(["regex", "glob", "iglob", "icontains"]);

/** Moves expensive operands to the end. Otherwise, keeps the order of the rule's author. */
function heavyLast(operands: readonly Node[]): readonly Node[] {
  const heavy = operands.filter(isHeavy);
  if (heavy.length === 0 || heavy.length === operands.length) return operands;
  return [...operands.filter((operand) => !isHeavy(operand)), ...heavy];
}

/** Whether a node starts with an expensive test, or may consist of one. */
function isHeavy(node: Node): boolean {
  switch (node.kind) {
    case "constant":
      return false;
    case "not":
      return isHeavy(node.operand);
    case "and":
      return isHeavy(node.operands[0]!);
    case "or":
      return node.operands.some(isHeavy);
    default: {
      const { leaf } = node;
      if (leaf.kind === "pair") return true;
      if (leaf.kind === "own") return false;
      if (leaf.kind === "exists") return leaf.subject.heavy === true;
      return (
        leaf.subject.field === undefined || leaf.subject.heavy === true || HEAVY_OPERATORS.has(leaf.comparison.operator)
      );
    }
  }
}

const MERGED: ReadonlySet<string> = new Set(["startswith", "endswith", "contains", "icontains"]);

/** A key that is equal for parts that can be merged. */
function groupKey(node: Node): string {
  const test = comparisonOf(node);
  if (test === undefined) return `${node.id}`;
  const { operator, modifier, type } = test.comparison;
  const anyOf = modifier === undefined || modifier === "anyof";
  if (operator === "in" && type !== "IPNET") return `${test.subject.key} =`;
  if (operator === "=" && anyOf && type !== "IPNET") return `${test.subject.key} =`;
  if (MERGED.has(operator) && anyOf) return `${test.subject.key} ${operator}`;
  return `${node.id}`;
}

function comparisonOf(node: Node): { subject: Subject; comparison: Comparison } | undefined {
  if (node.kind !== "leaf" || node.leaf.kind !== "compare") return undefined;
  const { subject, comparison } = node.leaf;
  if (subject.list || subject.nuls || typeClass(comparison.type) === undefined) return undefined;
  return { subject, comparison };
}
