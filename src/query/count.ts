import type { AlertQuery } from "./ast.ts";
import { join } from "./bind.ts";
import { fieldsNamed } from "./names.ts";

/** A part of a count. Counts the alerts that match `query`, by the value of `field`. */
export interface CountPart {
  readonly field: string;
  readonly query: AlertQuery | undefined;
  /** Whether this part also counts alerts without any of the fields. */
  readonly isLast: boolean;
}

/**
 * Splits a count by a name that refers to several fields into one part per field. Each alert is counted by the first of
 * these fields that the alert has.
 */
export function countParts(query: AlertQuery | undefined, by: string): readonly CountPart[] {
  const fields = fieldsNamed(by);
  if (fields.length === 1) return [{ field: by, query, isLast: true }];
  return fields.map((field, i) => {
    const without = fields.slice(0, i).map(
      (name): AlertQuery => ({
        kind: "not",
        part: { kind: "test", name, operator: "exists", values: [] },
      }),
    );
    const parts = [...(query === undefined ? [] : [query]), ...without];
    return { field, query: parts.length === 0 ? undefined : join("and", parts), isLast: i === fields.length - 1 };
  });
}

interface CountOf {
  readonly value: string | null | undefined;
  readonly count: number;
}

/**
 * Adds up the counts of all parts.
 * @returns the number of alerts by value, in descending order; the value null represents alerts without a value
 */
export function addCounts(
  parts: readonly (readonly [CountPart, readonly CountOf[]])[],
): readonly { readonly value: string | null; readonly count: number }[] {
  const sums = new Map<string | null, number>();
  for (const [{ isLast }, counts] of parts) {
    for (const { value, count } of counts) {
      const key = value ?? null;
      if (key !== null || isLast) sums.set(key, (sums.get(key) ?? 0) + count);
    }
  }
  return [...sums]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1));
}
