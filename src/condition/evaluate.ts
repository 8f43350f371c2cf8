import type { Test as EventTest } from "../field/field.ts";
import type { Observed } from "../machine/observed.ts";
import type { Bound, Leaf } from "./bound.ts";
import { matcher } from "./compare.ts";
import { presentPair } from "./emit.ts";

/**
 * Evaluates a bound condition node by node, without code generation. This is slow, but works for any part of a
 * condition. The result is always equal to that of generated functions.
 */
export function evaluate(condition: Bound, event: Observed): boolean {
  switch (condition.kind) {
    case "and":
      return condition.operands.every((operand) => evaluate(operand, event));
    case "or":
      return condition.operands.some((operand) => evaluate(operand, event));
    case "not":
      return !evaluate(condition.operand, event);
    default:
      return leafTest(condition)(event);
  }
}

const made = new WeakMap<Leaf, EventTest>();

/** The test of a leaf. */
export function leafTest(leaf: Leaf): EventTest {
  const known = made.get(leaf);
  if (known !== undefined) return known;
  const test = make(leaf);
  made.set(leaf, test);
  return test;
}

function make(leaf: Leaf): EventTest {
  switch (leaf.kind) {
    case "own":
      return leaf.test;
    case "exists":
      return (event) => leaf.subject.read(event) !== undefined;
    case "pair":
      return presentPair(leaf.left, leaf.right, leaf.comparison);
    default: {
      const matches = matcher(leaf.comparison);
      return (event) => {
        const value = leaf.subject.read(event);
        return value !== undefined && matches(value);
      };
    }
  }
}
