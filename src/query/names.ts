import { columnFields, fieldAliases } from "../field/roles.ts";

/** What every alert has beside its fields, by each of its names. */
const parts: Readonly<Record<string, string>> = {
  rule: "rule",
  priority: "priority",
  source: "source",
  hostname: "hostname",
  host: "hostname",
  tags: "tags",
  tag: "tags",
  output: "output",
  message: "output",
  text: "output",
  uuid: "id",
  id: "id",
};

const columns = [...columnFields.values()];

/** Names without a dot, and what they stand for. */
const short: ReadonlyMap<string, string> = new Map([
  ...Object.entries(parts),
  ...columns.flatMap(({ field, aliases }) => aliases.map((alias) => [alias, field] as const)),
  ...Object.entries(fieldAliases),
]);

export const shortNames: readonly string[] = [...short.keys()];

const columnNames: ReadonlySet<string> = new Set(columns.map(({ field }) => field));

/** Names to suggest for a misspelt one. */
export const suggestedNames: readonly string[] = [...shortNames, ...columns.map(({ field }) => field)];

/** Whether a name may stand apart from its operator: a dotted name, a part of every alert, or an alias. */
export function isKnownName(written: string): boolean {
  return written.includes(".") || short.has(written);
}

/** Whether every alert has it. */
export function isPart(name: string): boolean {
  return Object.hasOwn(parts, name);
}

/** Whether the journal has a column for it. */
export function isColumn(name: string): boolean {
  return columnNames.has(name);
}

/** The name that alerts have, for one that a query has. */
export function fullName(written: string): string {
  return short.get(written) ?? written;
}
