import type { Value } from "../field/field.ts";
import { type Comparison, comparePair, untilNul } from "./compare.ts";
import { typeClass } from "./types.ts";

/** The test of two present values of an event; frequent cases without allocation. */
export function pairMatcher(comparison: Comparison): (left: Value, right: Value) => boolean {
  const { type, list, nuls, operator } = comparison;
  const text = typeClass(type) === "text";
  const textOf = nuls ? (value: Value) => untilNul(String(value)) : String;
  if (!list && (operator === "=" || operator === "!=")) {
    const equal = operator === "=";
    if (text) return (left, right) => (textOf(left) === textOf(right)) === equal;
    // biome-ignore lint/suspicious/noDoubleEquals: 5n is 5
    return (left, right) => (left == right) === equal;
  }
  if (text && !list && operator === "startswith") return (left, right) => textOf(left).startsWith(textOf(right));
  if (text && !list && operator === "contains") return (left, right) => textOf(left).includes(textOf(right));
  return (left, right) => comparePair(comparison, left, right);
}
