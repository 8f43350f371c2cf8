import type { Test as EventTest, Field, Scalar, Value } from "../field/field.ts";
import type { Span } from "./ast.ts";
import type { Subject } from "./bound.ts";
import { type Comparison, matcher } from "./compare.ts";
import { ConditionError } from "./error.ts";
import { type IndicatorSet, indicatorTypes } from "./indicator-set.ts";

interface IndicatorComparison {
  readonly subject: Subject;
  /** The source text of the subject. */
  readonly name: string;
  /** The comparison with the items of the list that are not indicators. */
  readonly comparison: Comparison;
  readonly sets: readonly IndicatorSet[];
  /** The field's custom test for any of several values. */
  readonly any: ReturnType<NonNullable<Field["any"]>>;
  /** Whether the field has a custom comparison and its values cannot be looked up. */
  readonly isOwn: boolean;
}

/**
 * Creates a test of whether a value is among the indicators or the other items of a list. The indicators are looked up
 * for each event, so they can be replaced at any time.
 * @throws ConditionError (fault `mismatch`)
 */
export function indicatorTest(
  { subject, name, comparison, sets, any, isOwn }: IndicatorComparison,
  place: Span,
): EventTest {
  const { operator, modifier } = comparison;
  const wrong = (message: string): never => {
    throw new ConditionError("mismatch", message, place);
  };
  if ((operator !== "in" && operator !== "intersects") || modifier !== undefined)
    wrong(`Indicators (${sets.map((set) => set.name).join(", ")}) only support "in" and "intersects".`);
  if (isOwn)
    wrong(
      `"${name}" cannot be looked up in indicators; use a field for one end of the connection, such as fd.sip or fd.cip.`,
    );
  for (const { name: list, kind } of sets) {
    const types: readonly string[] = indicatorTypes[kind];
    if (!types.includes(subject.type))
      wrong(`"${name}" has type ${subject.type}, but ${list} is a list of ${kind} indicators.`);
  }
  const others = comparison.operands.length === 0 ? undefined : matcher({ ...comparison, list: false, operator: "in" });
  const matches = (value: Scalar): boolean => {
    if (typeof value !== "string") return false;
    for (let i = 0; i < sets.length; i++) if (sets[i]!.has(value)) return true;
    return others?.(value) === true;
  };
  if (any !== undefined) return (event) => any(event, matches);
  const { read, list } = subject;
  const all = operator === "in";
  const member = (value: Value): boolean => {
    if (typeof value !== "object") return matches(value);
    return list && (all ? value.every(matches) : value.some(matches));
  };
  return (event) => {
    const value = read(event);
    return value !== undefined && member(value);
  };
}
