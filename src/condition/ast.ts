/** The range of source text of a node. */
export interface Span {
  /** Source of the text: "" for the condition itself, otherwise the name of the macro or list. */
  readonly origin: string;
  /** Offset of the first character, from 0. */
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
}

export type UnaryOperator = "exists";
export type NumericOperator = "<" | "<=" | ">" | ">=";
export type StringOperator =
  | "="
  | "!="
  | "glob"
  | "iglob"
  | "contains"
  | "icontains"
  | "bcontains"
  | "startswith"
  | "bstartswith"
  | "endswith"
  | "regex";
export type ListOperator = "in" | "intersects" | "pmatch";
export type BinaryOperator = NumericOperator | StringOperator | ListOperator;
export type Operator = UnaryOperator | BinaryOperator;

/** Number of list members that a string operator must match: exactly one, at least one, or all. */
export type Modifier = "oneof" | "anyof" | "allof";

/** A value, with its escapes decoded. */
export interface Literal {
  readonly kind: "literal";
  readonly text: string;
  /** Whether the value is in quotes. If so, it is never the name of a list. */
  readonly quoted: boolean;
  readonly place: Span;
}

/** `(a, b)` or the bare name of a list on the right side of an operator. */
export interface List {
  readonly kind: "list";
  readonly items: readonly Literal[];
  readonly place: Span;
}

/** `evt.arg[flags]`, `proc.name`. */
export interface FieldTerm {
  readonly kind: "field";
  readonly name: string;
  /** The text in the brackets, with quotes and escapes decoded; undefined without brackets. */
  readonly argument: string | undefined;
  readonly place: Span;
}

/**
 * `tolower(…)`, `concat(…, …)`, `getopt(…, …)[c]`. `val(…)` is valid only on the right side and returns its operand
 * unchanged.
 */
export interface TransformTerm {
  readonly kind: "transform";
  readonly name: string;
  readonly operands: readonly TransformOperand[];
  readonly argument: string | undefined;
  readonly place: Span;
}

/** A list as an operand of a transformer: `join(",", (proc.name, "x"))`. */
export interface TupleTerm {
  readonly kind: "tuple";
  readonly items: readonly TransformOperand[];
  readonly place: Span;
}

export type Term = FieldTerm | TransformTerm;
export type TransformOperand = Term | TupleTerm | Literal;

/** One comparison. */
export interface Test {
  readonly kind: "test";
  readonly left: Term;
  readonly operator: Operator;
  readonly modifier: Modifier | undefined;
  /**
   * The right side of the comparison; undefined only for `exists`. For list operators and modifiers, a list or a term.
   */
  readonly right: Literal | List | Term | undefined;
  readonly place: Span;
}

/** The name of a macro. */
export interface MacroName {
  readonly kind: "macro";
  readonly name: string;
  readonly place: Span;
}

/** Two or more conditions, joined by `and` or `or`. */
export interface Junction {
  readonly kind: "and" | "or";
  readonly operands: readonly Condition[];
  readonly place: Span;
}

export interface Negation {
  readonly kind: "not";
  readonly operand: Condition;
  readonly place: Span;
}

/** A parsed condition. Immutable: passes create new nodes and share unchanged nodes. */
export type Condition = Junction | Negation | Test | MacroName;
