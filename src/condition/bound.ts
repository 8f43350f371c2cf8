import type { Test as EventTest, Field, Reader, Scalar } from "../field/field.ts";
import type * as ast from "./ast.ts";
import type { Comparison } from "./compare.ts";
import type { Shape } from "./transform.ts";

/** A value that a condition or an output reads: a field, or transformers applied to fields. */
export interface Subject extends Shape {
  /** Subjects with the same key always have the same value. */
  readonly key: string;
  readonly read: Reader;
  /** Set if the subject is a plain field. */
  readonly field: string | undefined;
  /** Set if the sensor must watch files for the subject, even with transformers. */
  readonly watches?: Field["watches"];
  /** Set if the subject is a plain field that contains a path as the program passed it. */
  readonly passed?: Field["watches"];
  /** Whether values may contain NULs. For most operators, a value ends at its first NUL. */
  readonly nuls: boolean;
  /** Whether numbers are bigints, which compare faster with bigints. */
  readonly wide: boolean;
  /** Set if the value is expensive to read. */
  readonly heavy?: true;
}

interface BoundTest {
  /** Tests with the same key always have the same result. */
  readonly key: string;
  /** The source of the test, for error locations and explanations. */
  readonly node: ast.Test;
}

/** True if the subject has a value. */
export interface ExistsTest extends BoundTest {
  readonly kind: "exists";
  readonly subject: Subject;
}

/** A value compared with constants. */
export interface ComparisonTest extends BoundTest {
  readonly kind: "compare";
  readonly subject: Subject;
  readonly comparison: Comparison;
}

/** A value compared with another value of the event. */
export interface PairTest extends BoundTest {
  readonly kind: "pair";
  readonly left: Subject;
  readonly right: Subject;
  readonly comparison: Comparison;
}

/** A custom test of a field. */
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

/** A condition that can be evaluated, with the structure of the resolved condition. */
export type Bound = BoundJunction | BoundNegation | Leaf;

/** Visits all comparisons of a condition. Visits shared parts at each use. */
export function forEachLeaf(condition: Bound, visit: (leaf: Leaf) => void): void {
  switch (condition.kind) {
    case "and":
    case "or":
      for (const operand of condition.operands) forEachLeaf(operand, visit);
      break;
    case "not":
      forEachLeaf(condition.operand, visit);
      break;
    default:
      visit(condition);
  }
}

/** A remark on a valid but possibly unintended part of a condition. */
export interface Remark {
  readonly kind: "simple-regex" | "field-as-text" | "transformer-as-text" | "not-available-text" | "deprecated-field";
  readonly message: string;
  readonly place: ast.Span;
}
