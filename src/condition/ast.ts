/** The range of text that a node was parsed from. */
export interface Span {
  /** Whose text: "" for the condition itself, else the name of the macro or list it came from. */
  readonly origin: string;
  /** Offset of the first character, counted from 0. */
  readonly start: number;
  /** Offset behind the last character. */
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

/** How many members of a list a string operator must hold for: exactly one, at least one, every one. */
export type Modifier = "oneof" | "anyof" | "allof";

/** A value as it was written, with its escapes undone. */
export interface Literal {
  readonly kind: "literal";
  readonly text: string;
  /** Written in quotes: then it never is the name of a list. */
  readonly quoted: boolean;
  readonly place: Span;
}

/** `(a, b)` on the right of an operator, or the bare name of a list there. */
export interface List {
  readonly kind: "list";
  readonly items: readonly Literal[];
  readonly place: Span;
}

/** `evt.arg[flags]`, `proc.name`. */
export interface FieldTerm {
  readonly kind: "field";
  readonly name: string;
  /** What stands in the brackets, with its quotes and escapes undone; undefined where there are no brackets. */
  readonly argument: string | undefined;
  readonly place: Span;
}

/** `tolower(…)`, `concat(…, …)`, `getopt(…, …)[c]`; `val(…)`, which changes nothing, on the right only. */
export interface TransformTerm {
  readonly kind: "transform";
  readonly name: string;
  readonly operands: readonly TransformOperand[];
  readonly argument: string | undefined;
  readonly place: Span;
}

/** A list that a transformer is given: `join(",", (proc.name, "x"))`. */
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
  /** Undefined for `exists` only. List operators and modifiers have a list here, or a term. */
  readonly right: Literal | List | Term | undefined;
  readonly place: Span;
}

/** A name that stands for a condition. */
export interface MacroName {
  readonly kind: "macro";
  readonly name: string;
  readonly place: Span;
}

/** Two or more conditions, joined. */
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

/** A condition as written. Immutable: passes make new nodes and share what they leave as it was. */
export type Condition = Junction | Negation | Test | MacroName;
