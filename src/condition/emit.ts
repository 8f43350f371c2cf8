import type { Test as EventTest, Reader, Scalar } from "../field/field.ts";
import type { Observed } from "../machine/observed.ts";
import type { Subject } from "./bound.ts";
import { type Code, Constants, integer, joined, js, variable } from "./code.ts";
import { type Comparison, matcher } from "./compare.ts";
import { finish } from "./finish.ts";
import { piecesTest, prefixTest, suffixTest } from "./many-texts.ts";
import { pairMatcher } from "./pair.ts";
import type { Node, SimpleLeaf } from "./simplify.ts";
import { typeClass } from "./types.ts";

/** The condition of a rule, and the number of the rule. */
export interface Entry {
  readonly rule: number;
  readonly node: Node;
}

/** Appends the numbers of the rules that match an event, in no particular order. */
export type Evaluate = (event: Observed, into: number[]) => void;

/** Maximum number of tests per function, since V8 optimizes functions of up to 60 KB of bytecode. */
const MAX_TESTS = 500;

/** Maximum number of members for which a chain of comparisons is faster than a set. */
const CHAIN = 4;
/** Maximum number of suffixes or substrings for which a chain of comparisons is faster than a set. */
const LONG_CHAIN = 24;

/**
 * Generates the functions that evaluate several conditions. Each value of an event is read at most once per function.
 * Within a function, a first test that several rules share is evaluated once for these rules, and equal expensive
 * sub-conditions are evaluated at most once.
 */
export function emit(entries: readonly Entry[]): Evaluate {
  return finish(emitInSteps(entries));
}

/** Performs {@link emit} in steps of one generated function. */
export function* emitInSteps(entries: readonly Entry[]): Generator<void, Evaluate> {
  const possible = entries.filter(({ node }) => node.kind !== "constant" || node.value);
  const rules = possible.map(({ rule, node }) => ({ rule, demands: node.kind === "and" ? node.operands : [node] }));
  return inTurn(yield* plan(rules));
}

/** Generates the function of a junction. */
export function junctionTest(kind: "and" | "or", operands: readonly Node[]): EventTest {
  if (operands.length === 1) return new Emitter([]).test(operands[0]!);
  return new Emitter([]).test({ kind, id: -1, operands });
}

function inTurn(functions: readonly Evaluate[]): Evaluate {
  if (functions.length === 1) return functions[0]!;
  return (event, into) => {
    for (let i = 0; i < functions.length; i++) functions[i]!(event, into);
  };
}

/**
 * Generates one function if it is small enough. Otherwise, generates several functions, guarded by tests that many
 * rules have in common.
 */
function* plan(rules: readonly Pending[]): Generator<void, Evaluate[]> {
  const functions: Evaluate[] = [];
  let rest = rules;
  while (countAll(rest) > MAX_TESTS) {
    const guard = commonDemand(rest);
    if (guard === undefined) break;
    const [sharing, others] = split(rest, guard);
    if (countAll(sharing) < MAX_TESTS / 4) break;
    const test = new Emitter([]).test(guard);
    const inner = inTurn(yield* plan(sharing));
    functions.push((event, into) => {
      if (test(event)) inner(event, into);
    });
    rest = others;
    yield;
  }
  // Rules with the same first test share a function.
  const ordered = [...Map.groupBy(rest, ({ demands }) => demands[0]).values()].flat();
  for (const chunk of chunks(ordered)) {
    functions.push(functionOf(chunk));
    yield;
  }
  return functions;
}

interface Compiled {
  readonly rules: readonly Pending[];
  readonly evaluate: Evaluate;
}

/** Functions by the first test of their first rule. */
const compiled = new WeakMap<Node, Compiled[]>();

/** The function of these rules. Event types with different rules often have some of these functions in common. */
function functionOf(rules: readonly Pending[]): Evaluate {
  const first = rules[0]?.demands[0];
  if (first === undefined) return new Emitter(rules).compile();
  const alike = compiled.get(first) ?? [];
  compiled.set(first, alike);
  const same = alike.find((known) => areEqual(known.rules, rules));
  if (same !== undefined) return same.evaluate;
  const evaluate = new Emitter(rules).compile();
  alike.push({ rules, evaluate });
  return evaluate;
}

function areEqual(one: readonly Pending[], other: readonly Pending[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ rule, demands }, i) => {
      const { rule: otherRule, demands: others } = other[i]!;
      return rule === otherRule && demands.length === others.length && demands.every((node, j) => node === others[j]);
    })
  );
}

/**
 * Splits rules into rules that require a test and all other rules. The test is removed from the rules that require it.
 */
function split(rules: readonly Pending[], demand: Node): [Pending[], Pending[]] {
  const sharing: Pending[] = [];
  const others: Pending[] = [];
  for (const { rule, demands } of rules) {
    if (!demands.includes(demand)) others.push({ rule, demands });
    else sharing.push({ rule, demands: demands.filter((other) => other !== demand) });
  }
  return [sharing, others];
}

function chunks(rules: readonly Pending[]): Pending[][] {
  const result: Pending[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const rule of rules) {
    const tests = countAll([rule]);
    if (size + tests > MAX_TESTS) {
      result.push([]);
      size = 0;
    }
    result.at(-1)?.push(rule);
    size += tests;
  }
  return result;
}

function countAll(rules: readonly Pending[]): number {
  let tests = 0;
  for (const { demands } of rules) for (const demand of demands) tests += countTests(demand);
  return tests;
}

/** Sums over the operands of nodes. Event types and rules share nodes, so each sum is needed many times. */
const [testCounts, costs] = [new WeakMap<Node, number>(), new WeakMap<Node, number>()];

function sumOf(
  node: Extract<Node, { readonly operands: unknown }>,
  known: WeakMap<Node, number>,
  of: (operand: Node) => number,
): number {
  let sum = known.get(node);
  if (sum === undefined) {
    sum = node.operands.reduce((total, operand) => total + of(operand), 0);
    known.set(node, sum);
  }
  return sum;
}

function countTests(node: Node): number {
  switch (node.kind) {
    case "and":
    case "or":
      return sumOf(node, testCounts, countTests);
    case "not":
      return countTests(node.operand);
    default:
      return 1;
  }
}

/** A rule with its remaining tests. */
interface Pending {
  readonly rule: number;
  readonly demands: readonly Node[];
}

class Emitter {
  private readonly constants = new Constants();
  private readonly pending: readonly Pending[];
  private readonly nodeUses = new Map<Node, number>();
  private readonly subjectUses = new Map<string, number>();
  /** One reader per subject, since every binding of a field creates a new one. */
  private readonly readers = new Map<string, Reader>();
  private readonly subjectVariables = new Map<string, Code>();
  private readonly nodeVariables = new Map<Node, Code>();

  constructor(pending: readonly Pending[]) {
    this.pending = pending;
    for (const { demands } of this.pending) for (const demand of demands) this.count(demand);
    for (const [node, uses] of this.nodeUses) {
      if (node.kind !== "leaf" || (node.leaf.kind !== "exists" && node.leaf.kind !== "compare")) continue;
      const { key } = node.leaf.subject;
      this.subjectUses.set(key, (this.subjectUses.get(key) ?? 0) + uses);
    }
  }

  compile(): Evaluate {
    const body = this.block(this.pending);
    // V8 compiles a function in parentheses immediately instead of at its first call.
    return this.constants.evaluate(js`(function evaluate(e,out){${this.locals()}${body}})`) as Evaluate; // type of the generated function
  }

  /** The function of a single node. */
  test(node: Node): EventTest {
    const value = this.node(node);
    return this.constants.evaluate(js`function test(e){${this.locals()}return ${value}}`) as EventTest; // type of the generated function
  }

  private locals(): Code {
    const names = [
      js`t`,
      ...[...this.subjectVariables.values()].map((name) => js`${name}=null`),
      ...[...this.nodeVariables.values()].map((name) => js`${name}=0`),
    ];
    return js`let ${joined(names, ",")};`;
  }

  private count(node: Node): void {
    const uses = (this.nodeUses.get(node) ?? 0) + 1;
    this.nodeUses.set(node, uses);
    if (uses > 1) return;
    if (node.kind === "and" || node.kind === "or") for (const operand of node.operands) this.count(operand);
    else if (node.kind === "not") this.count(node.operand);
  }

  /** Generates the statements for rules. A test that most rules require encloses the statements of these rules. */
  private block(rules: readonly Pending[]): Code {
    const statements: Code[] = [];
    let rest = rules;
    while (rest.length > 0) {
      const guard = commonDemand(rest);
      if (guard === undefined) {
        for (const rule of rest) statements.push(this.single(rule));
        break;
      }
      const [sharing, others] = split(rest, guard);
      statements.push(js`if(${this.node(guard)}){${this.block(sharing)}}`);
      rest = others;
    }
    return joined(statements, "\n");
  }

  private single({ rule, demands }: Pending): Code {
    const found = js`out.push(${integer(rule)});`;
    const asked = demands.filter((demand) => demand.kind !== "constant");
    if (asked.length === 0) return found;
    const condition = joined(
      asked.map((demand) => this.node(demand)),
      "&&",
    );
    return js`if(${condition})${found}`;
  }

  /** A boolean expression. */
  private node(node: Node): Code {
    if (node.kind === "constant") return node.value ? js`true` : js`false`;
    if (node.kind === "not") return js`!${this.node(node.operand)}`;
    const plain = () => {
      if (node.kind === "leaf") return js`(${this.leaf(node.leaf)})`;
      const operands = node.operands.map((operand) => this.node(operand));
      return js`(${joined(operands, node.kind === "and" ? "&&" : "||")})`;
    };
    if ((this.nodeUses.get(node) ?? 0) < 2 || cost(node) < 4) return plain();
    let name = this.nodeVariables.get(node);
    if (name === undefined) {
      name = variable("c", this.nodeVariables.size);
      this.nodeVariables.set(node, name);
    }
    return js`((${name}===0?(${name}=${plain()}?1:2):${name})===1)`;
  }

  private leaf(leaf: SimpleLeaf): Code {
    switch (leaf.kind) {
      case "own":
        return js`${this.constants.name(leaf.test)}(e)`;
      case "exists":
        return js`${this.read(leaf.subject)}!==undefined`;
      case "pair": {
        const matches = this.constants.name(presentPair(leaf.left, leaf.right, leaf.comparison));
        return js`${matches}(e)`;
      }
      default:
        return this.comparison(leaf.subject, leaf.comparison);
    }
  }

  /** The subject's value, in a variable if it is used several times. */
  private read(subject: Subject): Code {
    const reader = this.readers.get(subject.key) ?? subject.read;
    this.readers.set(subject.key, reader);
    const reading = js`${this.constants.name(reader)}(e)`;
    if ((this.subjectUses.get(subject.key) ?? 0) < 2) return reading;
    let name = this.subjectVariables.get(subject.key);
    if (name === undefined) {
      name = variable("f", this.subjectVariables.size);
      this.subjectVariables.set(subject.key, name);
    }
    // null: not read yet; undefined: missing.
    return js`(${name}===null?(${name}=${reading}):${name})`;
  }

  private comparison(subject: Subject, comparison: Comparison): Code {
    const value = this.read(subject);
    const present = js`(t=${value})!==undefined`;
    const inline = subject.list || subject.nuls ? undefined : this.inline(value, present, comparison);
    return inline ?? js`${present}&&${this.constants.name(once(comparison, () => matcher(comparison)))}(t)`;
  }

  private inline(value: Code, present: Code, comparison: Comparison): Code | undefined {
    const { type, operator, modifier, operands } = comparison;
    const kind = typeClass(type);
    if (type === "IPNET") return undefined;
    const loose = kind === "number" || kind === "bool";
    const constant = (operand: Scalar) => this.constant(operand);
    if (modifier === undefined && operator === "=") {
      return loose ? js`${value}==${constant(operands[0]!)}` : js`${value}===${constant(operands[0]!)}`;
    }
    if (modifier === undefined && operator === "!=") {
      return loose ? js`${present}&&t!=${constant(operands[0]!)}` : js`${present}&&t!==${constant(operands[0]!)}`;
    }
    if (operator === "in" || operator === "intersects" || (operator === "=" && modifier === "anyof")) {
      return this.member(value, comparison, loose);
    }
    if (kind === "number") return numberOrder(value, operator, constant(operands[0]!));
    if (kind !== "text" && kind !== "bytes") return undefined;
    if (modifier !== undefined && modifier !== "anyof") return undefined;
    const many = (test: (texts: readonly string[]) => unknown) =>
      js`${present}&&${this.constants.name(once(comparison, () => test(operands.map(String))))}(t)`;
    const each = (test: (operand: Code) => Code) => js`${present}&&(${joined(operands.map(constant).map(test), "||")})`;
    switch (operator) {
      case "startswith":
        if (operands.length === 0) return undefined;
        if (operands.length > CHAIN) return many(prefixTest);
        return each((operand) => js`t.startsWith(${operand})`);
      case "endswith":
        if (operands.length > LONG_CHAIN) return many(suffixTest);
        return operands.length === 0 ? undefined : each((operand) => js`t.endsWith(${operand})`);
      case "contains":
        if (operands.length > LONG_CHAIN) return many(piecesTest);
        return operands.length === 0 ? undefined : each((operand) => js`t.includes(${operand})`);
      default:
        return undefined;
    }
  }

  private member(value: Code, comparison: Comparison, loose: boolean): Code | undefined {
    const { operands } = comparison;
    if (operands.length === 0) return js`false`;
    if (operands.length > CHAIN) {
      return loose ? undefined : js`${this.constants.name(once(comparison, () => new Set(operands)))}.has(${value})`;
    }
    const [first, ...others] = operands.map((operand) => this.constant(operand));
    const equal = loose ? js`==` : js`===`;
    return joined([js`(t=${value})${equal}${first!}`, ...others.map((operand) => js`t${equal}${operand}`)], "||");
  }

  private constant(value: Scalar): Code {
    return typeof value === "number" && Number.isSafeInteger(value) ? integer(value) : this.constants.name(value);
  }
}

const made = new WeakMap<Comparison, unknown>();

/**
 * Returns the value that generated code uses for a comparison, and creates it if necessary. The functions of all event
 * types share the value, since lists may be long.
 */
function once(comparison: Comparison, make: () => unknown): unknown {
  const known = made.get(comparison);
  if (known !== undefined) return known;
  const value = make();
  made.set(comparison, value);
  return value;
}

/** Comparisons with undefined are false, so missing numbers do not need a test. */
function numberOrder(value: Code, operator: string, operand: Code): Code | undefined {
  switch (operator) {
    case "<":
      return js`${value}<${operand}`;
    case "<=":
      return js`${value}<=${operand}`;
    case ">":
      return js`${value}>${operand}`;
    case ">=":
      return js`${value}>=${operand}`;
    default:
      return undefined;
  }
}

/** The test of a pair; false if a side is missing. */
export function presentPair(left: Subject, right: Subject, comparison: Comparison): EventTest {
  const matches = pairMatcher(comparison);
  const readLeft = left.read;
  const readRight = right.read;
  return (event) => {
    const one = readLeft(event);
    if (one === undefined) return false;
    const other = readRight(event);
    return other !== undefined && matches(one, other);
  };
}

/** Estimated cost of a node, in comparisons of short strings. */
function cost(node: Node): number {
  switch (node.kind) {
    case "constant":
      return 0;
    case "not":
      return cost(node.operand);
    case "leaf":
      return leafCost(node.leaf);
    default:
      return sumOf(node, costs, cost);
  }
}

function leafCost(leaf: SimpleLeaf): number {
  if (leaf.kind === "own" || leaf.kind === "pair") return 8;
  if (leaf.kind === "exists") return 1;
  const { operator, operands, type } = leaf.comparison;
  switch (operator) {
    case "=":
    case "!=":
      return typeClass(type) === "number" || typeClass(type) === "bool" ? 1 : 2;
    case "in":
    case "intersects":
      return Math.min(3, operands.length + 1);
    case "startswith":
    case "endswith":
      return 2 * Math.min(4, operands.length);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return 1;
    case "contains":
      return 4 * operands.length;
    default:
      return 20;
  }
}

/**
 * The test that most rules require. Only first tests of rules are candidates, because they are always evaluated.
 * Undefined if no two rules require the same test.
 */
function commonDemand(rules: readonly Pending[]): Node | undefined {
  const sharing = new Map<Node, number>();
  for (const { demands } of rules) if (demands.length > 0) sharing.set(demands[0]!, 0);
  for (const { demands } of rules) {
    for (const demand of demands) {
      const count = sharing.get(demand);
      if (count !== undefined) sharing.set(demand, count + 1);
    }
  }
  let best: Node | undefined;
  let most = 1;
  for (const [demand, count] of sharing) {
    if (count <= most) continue;
    best = demand;
    most = count;
  }
  return best;
}
