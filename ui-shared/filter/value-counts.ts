import type { Counts } from "../../src/api/schemas/alert.ts";
import { idFields, nameFields } from "../../src/field/roles.ts";
import { api } from "../api/client.ts";
import type { countTogether } from "../api/count-together.ts";
import { comparison } from "./compose.ts";
import type { Filter } from "./filter.ts";

/** Fields with the name or the ID of a container. */
export const containerFields: readonly string[] = [...nameFields("container"), ...idFields("container")];

/** Returns the condition that selects the alerts of a container. */
export function containerCondition(name: string): string {
  return `(${containerFields.map((field) => comparison(field, name)).join(" or ")})`;
}

/** The number of alerts for each value of a field. */
export interface ValueCounts extends Omit<Counts, "total" | "counts"> {
  readonly counts: readonly { readonly value: string; readonly count: number }[];
}

/**
 * Returns the most frequent meaningful values of a field. The container "host" means that there is no container.
 * @param limit maximum number of values
 * @param count sends the request
 */
export async function valueCounts(
  field: string,
  filter: Filter,
  limit: number,
  signal: AbortSignal,
  count: typeof countTogether = api.count,
): Promise<ValueCounts> {
  const { counts, total: _, ...searched } = await count(filter, field, limit + 2, signal);
  const uninformative = ["", "<NA>", ...(field === "container" ? ["host"] : [])];
  const informative = counts.flatMap(({ value, count }) =>
    value === null || uninformative.includes(value) ? [] : [{ value, count }],
  );
  return { counts: informative.slice(0, limit), ...searched };
}
