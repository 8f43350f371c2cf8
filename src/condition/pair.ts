import type { Value } from "../field/field.ts";
import { type Comparison, comparePair, untilNul } from "./compare.ts";
import { typeClass } from "./types.ts";

/** The test of two present values of one event; the frequent ones without making anything for the occasion. */
export function pairMatcher(comparison: Comparison): (left: Value, right: Value) => boolean {
  const { type, list, operator } = comparison;
  const text = typeClass(type) === "text";
  if (!list && (operator === "=" || operator === "!=")) {
    const equal = operator === "=";
    if (text) return (left, right) => (untilNul(String(left)) === untilNul(String(right))) === equal;
    // biome-ignore lint/suspicious/noDoubleEquals: 5n is 5
    return (left, right) => (left == right) === equal;
  }
  if (text && !list && operator === "startswith")
    return (left, right) => untilNul(String(left)).startsWith(untilNul(String(right)));
  if (text && !list && operator === "contains")
    return (left, right) => untilNul(String(left)).includes(untilNul(String(right)));
  return (left, right) => comparePair(comparison, left, right);
}
