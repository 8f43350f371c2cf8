import { columnFields, fieldAliases, rolesOf, targetNameFields } from "../field/roles.ts";

/** Alert properties by each of their names. */
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

/** Names without a dot, with their full names. */
const short: ReadonlyMap<string, string> = new Map([
  ...Object.entries(parts),
  ...columns.flatMap(({ field, aliases }) => aliases.map((alias) => [alias, field] as const)),
  ...Object.entries(fieldAliases),
]);

export const shortNames: readonly string[] = [...short.keys()];

const columnNames: ReadonlySet<string> = new Set(columns.map(({ field }) => field));

/** Names to suggest for a misspelled one. */
export const suggestedNames: readonly string[] = [...shortNames, ...columns.map(({ field }) => field)];

/** Whether a name can be separated from its operator by a space: a dotted name, an alert property, or an alias. */
export function isKnownName(written: string): boolean {
  return written.includes(".") || short.has(written);
}

/** Whether a name is an alert property. */
export function isPart(name: string): boolean {
  return Object.hasOwn(parts, name);
}

/** Whether the journal has a column for a field. */
export function isColumn(name: string): boolean {
  return columnNames.has(name);
}

/** The full name of a field or alert property. */
export function fullName(written: string): string {
  return short.get(written) ?? written;
}

/**
 * The fields that a name stands for: a short name also stands for the target of an API request, so that `ns` is the
 * namespace of a pod and that of an audit event. Other names stand for one field or alert property.
 */
export function fieldsNamed(written: string): readonly [string, ...(readonly string[])] {
  const name = fullName(written);
  const { about, as } = rolesOf(name);
  if (name === written || about === undefined || as !== "name") return [name];
  return [name, ...targetNameFields(about)];
}
