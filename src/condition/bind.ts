import { toByteString } from "../event/bytes.ts";
import { type Test as EventTest, type Field, FieldArgumentError, type Scalar } from "../field/field.ts";
import type { Condition, FieldTerm, Literal, Modifier, Term, Test, TransformOperand, TransformTerm } from "./ast.ts";
import type { Bound, Leaf, Remark, Subject } from "./bound.ts";
import { type Comparison, matcher } from "./compare.ts";
import { didYouMean } from "./did-you-mean.ts";
import { ConditionError, ConditionErrors } from "./error.ts";
import { type IndicatorSet, indicatorName } from "./indicator-set.ts";
import { indicatorTest } from "./indicator-test.ts";
import { operand } from "./operand.ts";
import { RegexError } from "./regex.ts";
import { remarksOnTest } from "./remark.ts";
import type { SharedBindings, SharedPart } from "./shared-bindings.ts";
import { transformed } from "./subject.ts";
import { mismatch, testsMembers } from "./types.ts";

/** A use of a field. */
export interface FieldUse {
  readonly field: Field;
  readonly argument: string | undefined;
}

/** The vocabulary of a condition. */
export interface Vocabulary {
  /**
   * Finds a field by its text in a condition: `proc.name`, `proc.aname[2]`, `evt.arg.flags`.
   * @throws FieldArgumentError if the argument of the field is invalid
   */
  lookup(text: string): FieldUse | undefined;
  /** Whether events or, for generic events, system calls of this name exist. */
  isEventName(name: string): boolean;
  /** Lists of indicators by name. */
  readonly indicators?: ReadonlyMap<string, IndicatorSet>;
  /** A sentence with the replacement of an unknown field. */
  hint?(field: string): string;
  /** Known names, for suggestions about misspelled names. */
  readonly names?: {
    fields(): Iterable<string>;
    events(): Iterable<string>;
  };
}

export interface BoundCondition {
  readonly condition: Bound;
  readonly remarks: readonly Remark[];
  /** The text of every field that is used. */
  readonly fields: ReadonlySet<string>;
}

/**
 * Binds the fields of a resolved condition and checks every comparison. Afterwards each test can read its subject, its
 * operands have the subject's type, and the type supports the operator.
 * @param condition without macro names
 * @param shared parts of several conditions
 * @throws ConditionError with all errors: faults `unknown-field`, `unknown-event-type`, `mismatch`; `unknown-macro` for
 * remaining names
 */
export function bind(condition: Condition, vocabulary: Vocabulary, shared?: SharedBindings): BoundCondition {
  const binder = new Binder(vocabulary, shared);
  const bound = binder.condition(condition);
  binder.mistakes.check();
  return { condition: bound, remarks: binder.remarks, fields: binder.fields };
}

/**
 * Binds a field or transformer of an output.
 * @throws ConditionError as {@link bind}
 */
export function bindTerm(term: Term, vocabulary: Vocabulary): Subject {
  return new Binder(vocabulary).term(term).subject;
}

/** A term and its field. The flags of the field also apply to the transformed value. */
interface BoundTerm {
  readonly subject: Subject;
  readonly use: FieldUse | undefined;
  /** The type of the field, before transformers. */
  readonly source: { readonly type: string; readonly list: boolean };
}

type BoundField = BoundTerm & { readonly use: FieldUse };

/**
 * Fields by their text in conditions, bound once for all conditions. The size is limited, since arguments can be any
 * string.
 */
const knownFields = new WeakMap<Vocabulary, Map<string, BoundField>>();
const MAX_FIELDS = 4096;

class Binder {
  readonly notes: (Remark | { readonly part: Condition })[] = [];
  readonly fields = new Set<string>();
  readonly mistakes = new ConditionErrors();
  private readonly vocabulary: Vocabulary;
  private readonly shared: SharedBindings | undefined;
  private readonly done = new Map<Condition, Bound>();

  constructor(vocabulary: Vocabulary, shared?: SharedBindings) {
    this.vocabulary = vocabulary;
    this.shared = shared;
  }

  /** All remarks, with the remarks of each shared part once. */
  get remarks(): Remark[] {
    const remarks: Remark[] = [];
    const seen = new Set<Condition | string>();
    const parts = this.shared?.of<SharedPart | null>(this.vocabulary);
    const add = (notes: SharedPart["notes"]): void => {
      for (const note of notes) {
        // A deprecated field in several parts is reported once.
        const key = "part" in note ? note.part : note.kind === "deprecated-field" ? note.message : undefined;
        if (key !== undefined && seen.has(key)) continue;
        if (key !== undefined) seen.add(key);
        if ("part" in note) add(parts?.get(note.part)?.notes ?? []);
        else remarks.push(note);
      }
    };
    add(this.notes);
    return remarks;
  }

  /** Binds a node. Nodes of macros are shared, so each node is bound only once. */
  condition(node: Condition): Bound {
    const known = this.done.get(node);
    if (known !== undefined) return known;
    const bound = this.sharedPart(node) ?? this.bindCondition(node);
    this.done.set(node, bound);
    return bound;
  }

  /** The bound form of a part of several conditions; undefined for other nodes, and for parts with errors. */
  private sharedPart(node: Condition): Bound | undefined {
    if (this.shared?.has(node) !== true) return undefined;
    const parts = this.shared.of<SharedPart | null>(this.vocabulary);
    let part = parts.get(node);
    if (part === undefined) {
      const inner = new Binder(this.vocabulary, this.shared);
      const bound = inner.bindCondition(node);
      part = inner.mistakes.any ? null : { bound, notes: inner.notes, fields: inner.fields };
      parts.set(node, part);
    }
    if (part === null) return undefined;
    this.notes.push({ part: node });
    for (const field of part.fields) this.fields.add(field);
    return part.bound;
  }

  private bindCondition(node: Condition): Bound {
    switch (node.kind) {
      case "macro":
        return this.mistakes.or<Leaf>(mistaken(node), () => {
          throw new ConditionError("unknown-macro", `Unknown macro "${node.name}".`, node.place);
        });
      case "not":
        return { kind: "not", operand: this.condition(node.operand), node };
      case "test":
        return this.mistakes.or<Leaf>(mistaken(node), () => this.test(node));
      default:
        return { kind: node.kind, operands: node.operands.map((operand) => this.condition(operand)), node };
    }
  }

  private test(node: Test): Leaf {
    const left = this.term(node.left);
    const { subject } = left;
    const { operator, modifier, right } = node;
    const name = textOf(node.left);
    const byMember = left.use?.field.testsMembers === true && testsMembers(operator, modifier);
    const refused = mismatch(name, subject.type, subject.list && !byMember, operator, modifier);
    if (refused !== undefined) throw new ConditionError("mismatch", refused, node.place);
    if (right !== undefined && right.kind !== "literal" && right.kind !== "list") {
      return this.pair(node, left, right);
    }
    const items = right === undefined ? [] : right.kind === "list" ? right.items : [right];
    const sets = items.flatMap((item) => this.indicatorsOf(item));
    const literals = sets.length === 0 ? items : items.filter((item) => this.indicatorsOf(item).length === 0);
    if (operator === "regex" && literals.length > MAX_EXPRESSIONS)
      throw new ConditionError(
        "mismatch",
        `A comparison can have at most ${MAX_EXPRESSIONS} regular expressions; this comparison has ${literals.length}.`,
        node.place,
      );
    this.notes.push(...remarksOnTest(node, literals, this.vocabulary));
    const wrong = new ConditionErrors();
    const operands = literals.map((literal) => wrong.or<Scalar>("", () => this.operand(literal, left, node)));
    wrong.check();
    const comparison: Comparison = {
      type: subject.type,
      list: subject.list,
      nuls: subject.nuls,
      operator,
      modifier,
      operands,
    };
    const key = `${subject.key} ${operator} ${modifier ?? ""}${operands.map(operandKey).join()}`;
    if (sets.length > 0) {
      const any = left.use?.field.any?.(left.use.argument);
      const isOwn = attempt(node.place, () => left.use?.field.test?.(left.use.argument, "in", operands)) !== undefined;
      const test = indicatorTest({ subject, name, comparison, sets, any, isOwn }, node.place);
      const names = sets.map((set) => set.name).join();
      return { kind: "own", field: subject.key, operands, test, key: `${key} indicators ${names}`, node };
    }
    const own = this.ownTest(left, comparison, node);
    if (own !== undefined) return { kind: "own", field: subject.key, operands, test: own, key, node };
    if (operator === "exists") return { kind: "exists", subject, key, node };
    return { kind: "compare", subject, comparison, key, node };
  }

  private indicatorsOf({ text }: Literal): readonly IndicatorSet[] {
    const name = indicatorName(text);
    const set = name === undefined ? undefined : this.vocabulary.indicators?.get(name);
    return set === undefined ? [] : [set];
  }

  private operand(literal: Literal, left: BoundTerm, node: Test): Scalar {
    const value = operand(literal, left.subject.type, node.operator);
    if (left.use?.field.selects === "event" && !this.vocabulary.isEventName(literal.text)) {
      const question = didYouMean(literal.text, this.vocabulary.names?.events() ?? []);
      throw new ConditionError("unknown-event-type", `Unknown event type "${literal.text}".${question}`, literal.place);
    }
    if (node.operator === "regex") attempt(literal.place, () => matcher({ ...plainText, operands: [value] }));
    return left.subject.wide && typeof value === "number" ? BigInt(value) : value;
  }

  /** The custom test of a field, possibly combined for several values. */
  private ownTest({ subject, use }: BoundTerm, comparison: Comparison, node: Test): EventTest | undefined {
    if (use === undefined || subject.field === undefined) return undefined;
    const { field, argument } = use;
    const { operator, modifier, operands } = comparison;
    // For a single value, `in` and `intersects` are equivalent.
    const asked = operator === "intersects" ? "in" : operator;
    const own = (values: readonly Scalar[]) => attempt(node.place, () => field.test?.(argument, asked, values));
    if (modifier === undefined) {
      const test = own(operands);
      if (test !== undefined) return test;
    } else if (operands.length > 0) {
      const tests = operands.map((value) => own([value])).filter((test) => test !== undefined);
      if (tests.length === operands.length) return counting(tests, modifier);
    }
    const any = field.any?.(argument);
    if (any === undefined) return undefined;
    const matches = matcher(comparison);
    return (event) => any(event, matches);
  }

  private pair(node: Test, left: BoundTerm, term: Term): Leaf {
    const right = this.term(term);
    const { operator } = node;
    const refuse = (message: string): never => {
      throw new ConditionError("mismatch", message, term.place);
    };
    if (operator === "exists" || operator === "pmatch" || operator === "regex") {
      refuse(`"${operator}" supports only constants on its right side.`);
    }
    if (left.subject.type === "IPNET") refuse("Networks can only be compared with constants.");
    if (left.use?.field.noRight === true) refuse(`"${textOf(node.left)}" can only be compared with constants.`);
    if (right.use?.field.noRight === true) refuse(`"${textOf(term)}" cannot be used on the right side.`);
    if (left.subject.type !== right.subject.type || left.subject.list !== right.subject.list) {
      refuse(
        `"${textOf(node.left)}" (${shapeText(left.subject)}) and "${textOf(term)}" (${shapeText(right.subject)}) differ in type.`,
      );
    }
    const { type, list } = left.subject;
    const nuls = left.subject.nuls || right.subject.nuls;
    const comparison: Comparison = { type, list, nuls, operator, modifier: undefined, operands: [] };
    const key = `${left.subject.key} ${operator} val ${right.subject.key}`;
    return { kind: "pair", left: left.subject, right: right.subject, comparison, key, node };
  }

  term(term: Term): BoundTerm {
    return term.kind === "field" ? this.field(term) : this.transform(term);
  }

  private field(term: FieldTerm): BoundTerm {
    const text = textOf(term);
    let known = knownFields.get(this.vocabulary);
    if (known === undefined) {
      known = new Map();
      knownFields.set(this.vocabulary, known);
    }
    const bound = known.get(text) ?? this.bindField(term, text);
    if (known.size < MAX_FIELDS) known.set(text, bound);
    const { field } = bound.use;
    if (!this.fields.has(text)) {
      this.fields.add(text);
      if (field.deprecated !== undefined) {
        const message = `Field "${field.name}" is deprecated.`;
        this.notes.push({ kind: "deprecated-field", message, place: term.place });
      }
    }
    return bound;
  }

  private bindField(term: FieldTerm, text: string): BoundField {
    const use = attempt(term.place, () => this.vocabulary.lookup(text));
    if (use === undefined) {
      const question = didYouMean(term.name, this.vocabulary.names?.fields() ?? []);
      const hint = question === "" ? this.vocabulary.hint?.(text) : undefined;
      throw new ConditionError(
        "unknown-field",
        `Unknown field "${text}".${question}${hint === undefined ? "" : ` ${hint}`}`,
        term.place,
      );
    }
    const { field, argument } = use;
    const read = attempt(term.place, () => field.bind(argument));
    const type = attempt(term.place, () => field.typeOf?.(argument)) ?? field.type;
    const subject: Subject = {
      type,
      list: field.list,
      key: term.argument === undefined ? term.name : `${term.name}[${JSON.stringify(term.argument)}]`,
      read,
      field: text,
      nuls: false,
      wide: field.wide === true,
      ...(field.heavy && { heavy: true }),
      ...(field.watches !== undefined && { watches: field.watches }),
      ...(field.passed !== undefined && { passed: field.passed }),
    };
    return { subject, use, source: subject };
  }

  private transform(term: TransformTerm): BoundTerm {
    const operands = term.operands.map((operand) => this.transformOperand(operand));
    const first = operands[0]!; // a term has at least one operand
    if (term.name === "val" || operands.length === 1) {
      if (term.argument !== undefined) {
        throw new ConditionError("mismatch", `"${term.name}" takes no argument in brackets.`, term.place);
      }
      if (term.name === "val") return first;
      if (first.use?.field.noTransformer === true) {
        throw new ConditionError("mismatch", `"${first.use.field.name}" does not support transformers.`, term.place);
      }
    }
    const watches = operands.find(({ subject }) => subject.watches !== undefined)?.subject.watches;
    const made = transformed(
      term,
      operands.map(({ subject }) => subject),
      operands.map(({ source }) => source),
    );
    const subject: Subject = watches === undefined ? made : { ...made, watches };
    // With a single operand, the result keeps the operand's field.
    if (operands.length > 1) return { subject, use: undefined, source: { type: "CHARBUF", list: false } };
    return { subject, use: first.use, source: first.source };
  }

  private transformOperand(term: TransformOperand): BoundTerm {
    switch (term.kind) {
      case "literal": {
        const value = toByteString(term.text);
        const key = JSON.stringify(value);
        const subject: Subject = {
          type: "CHARBUF",
          list: false,
          key,
          read: () => value,
          field: undefined,
          nuls: false,
          wide: false,
        };
        return { subject, use: undefined, source: subject };
      }
      case "tuple": {
        const items = term.items.map((item) => this.transformOperand(item));
        const subject = transformed(
          term,
          items.map(({ subject }) => subject),
          items.map(({ source }) => source),
        );
        return { subject, use: undefined, source: subject };
      }
      default:
        return this.term(term);
    }
  }
}

/** Placeholder for an invalid test; never evaluated. */
function mistaken({ place }: Condition): Leaf {
  const left: FieldTerm = { kind: "field", name: "", argument: undefined, place };
  const node: Test = { kind: "test", left, operator: "exists", modifier: undefined, right: undefined, place };
  return { kind: "own", field: "", operands: [], test: () => false, key: "", node };
}

/** Maximum number of regular expressions in a comparison. Each takes about 20 kB and 0.2 ms. */
const MAX_EXPRESSIONS = 1000;

const plainText: Omit<Comparison, "operands"> = {
  type: "CHARBUF",
  list: false,
  nuls: false,
  operator: "regex",
  modifier: undefined,
};

/** Runs `run` and adds the location to its errors. */
function attempt<T>(place: Literal["place"], run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FieldArgumentError || error instanceof RegexError) {
      throw new ConditionError("mismatch", error.message, place);
    }
    throw error;
  }
}

/** A test with a modifier, combined from one test per member of the list. */
function counting(tests: readonly EventTest[], modifier: Modifier): EventTest {
  if (modifier === "anyof") return (event) => tests.some((test) => test(event));
  if (modifier === "allof") return (event) => tests.every((test) => test(event));
  return (event) => tests.reduce((count, test) => count + (test(event) ? 1 : 0), 0) === 1;
}

function operandKey(value: Scalar): string {
  return typeof value === "bigint" ? `${value}n` : JSON.stringify(value);
}

function shapeText({ type, list }: Subject): string {
  return list ? `list of ${type}` : type;
}

/** The source text of a term. */
export function textOf(term: TransformOperand): string {
  switch (term.kind) {
    case "literal":
      return JSON.stringify(term.text);
    case "tuple":
      return `(${term.items.map(textOf).join(", ")})`;
    case "field":
      return term.argument === undefined ? term.name : `${term.name}[${term.argument}]`;
    default: {
      const whole = `${term.name}(${term.operands.map(textOf).join(", ")})`;
      return term.argument === undefined ? whole : `${whole}[${term.argument}]`;
    }
  }
}
