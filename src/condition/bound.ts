import type { Test as EventTest, Reader, Scalar } from "../field/field.ts";
import type * as ast from "./ast.ts";
import type { Comparison } from "./compare.ts";
import type { Shape } from "./transform.ts";

/** What a test asks of: a field, or transformers applied to fields. */
export interface Subject extends Shape {
  /** The same for two subjects exactly where they always have the same value. */
  readonly key: string;
  readonly read: Reader;
  /** Set where the subject is a field and nothing else. */
  readonly field: string | undefined;
  /** Values may hold NULs, which end them for most operators. */
  readonly nuls: boolean;
  /** Numbers are bigints: they compare faster with bigints. */
  readonly wide: boolean;
  /** Its value is put together when it is asked for. */
  readonly heavy?: true;
}

interface BoundTest {
  /** The same for two tests exactly where they always have the same result. */
  readonly key: string;
  /** What it was made of: for places and for explaining. */
  readonly node: ast.Test;
}

/** True where the subject has a value. */
export interface ExistsTest extends BoundTest {
  readonly kind: "exists";
  readonly subject: Subject;
}

/** A value held against constants. */
export interface ComparisonTest extends BoundTest {
  readonly kind: "compare";
  readonly subject: Subject;
  readonly comparison: Comparison;
}

/** A value held against another value of the same event. */
export interface PairTest extends BoundTest {
  readonly kind: "pair";
  readonly left: Subject;
  readonly right: Subject;
  readonly comparison: Comparison;
}

/** A test that the field itself makes. */
export interface OwnTest extends BoundTest {
  readonly kind: "own";
  readonly field: string;
  readonly operands: readonly Scalar[];
  readonly test: EventTest;
}

export type Leaf = ExistsTest | ComparisonTest | PairTest | OwnTest;

export interface BoundJunction {
  readonly kind: "and" | "or";
  readonly operands: readonly Bound[];
  readonly node: ast.Junction;
}

export interface BoundNegation {
  readonly kind: "not";
  readonly operand: Bound;
  readonly node: ast.Negation;
}

/** A condition that can be evaluated: the shape of the resolved condition, node for node. */
export type Bound = BoundJunction | BoundNegation | Leaf;

/** Something about a condition that works but may not be meant. */
export interface Remark {
  readonly kind: "simple-regex" | "field-as-text" | "transformer-as-text" | "not-available-text" | "deprecated-field";
  readonly message: string;
  readonly place: ast.Span;
}
