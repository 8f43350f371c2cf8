import type { AlertQuery } from "../../src/query/ast.ts";
import { QueryError } from "../../src/query/error.ts";
import { type Conjunct, parseConjuncts } from "../../src/query/parse.ts";

/** A condition of a query that selects or excludes one value of a field. */
export interface ValueCondition {
  readonly value: string;
  readonly excluded: boolean;
  /** Position of the condition among the conditions of the query. */
  readonly index: number;
}

/** Returns the conditions of a query that compare a value with one of these fields. */
export function valueConditions(query: string, fields: readonly string[]): readonly ValueCondition[] {
  return conjunctsOf(query).flatMap(({ query: part }, index) => {
    const excluded = part.kind === "not";
    const found = valueIn(excluded ? part.part : part, fields);
    return found === undefined ? [] : [{ value: found.value, excluded: found.unequal !== excluded, index }];
  });
}

/** Returns a query without one of its conditions. */
export function withoutCondition(query: string, index: number): string {
  return conjunctsOf(query)
    .filter((_, position) => position !== index)
    .map(({ start, end }) => query.slice(start, end))
    .join(" and ");
}

/** The conditions of a query; empty if the query is invalid, or if `or` joins its conditions. */
function conjunctsOf(query: string): readonly Conjunct[] {
  try {
    return parseConjuncts(query) ?? [];
  } catch (error) {
    if (error instanceof QueryError) return [];
    throw error;
  }
}

interface Comparison {
  readonly value: string;
  readonly unequal: boolean;
}

/** The value of a comparison with one of the fields, or of equal comparisons with several of the fields. */
function valueIn(query: AlertQuery, fields: readonly string[]): Comparison | undefined {
  if (query.kind === "or") {
    const [first, ...others] = query.parts.map((part) => valueIn(part, fields));
    if (first === undefined || first.unequal) return undefined;
    return others.every((other) => other?.value === first.value && !other.unequal) ? first : undefined;
  }
  if (query.kind !== "test" || !fields.includes(query.name)) return undefined;
  const [value, ...more] = query.values;
  const unequal = query.operator === "!=";
  if (value === undefined || more.length > 0 || (query.operator !== "=" && !unequal)) return undefined;
  return { value, unequal };
}
