import { columnFields, fieldAliases, rolesOf, targetNameFields } from "../field/roles.ts";

/** Maps the names of alert properties, including aliases, to the properties. */
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

/** Maps short names, which have no dot, to full names. */
const short: ReadonlyMap<string, string> = new Map([
  ...Object.entries(parts),
  ...columns.flatMap(({ field, aliases }) => aliases.map((alias) => [alias, field] as const)),
  ...Object.entries(fieldAliases),
]);

export const shortNames: readonly string[] = [...short.keys()];

const columnNames: ReadonlySet<string> = new Set(columns.map(({ field }) => field));

/** Names that can be suggested for a misspelled name. */
export const suggestedNames: readonly string[] = [...shortNames, ...columns.map(({ field }) => field)];

/**
 * Whether a name is a dotted name, an alert property or an alias. Only after these may a space precede the operator.
 */
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

/** Returns the full name of a field or alert property. */
export function fullName(written: string): string {
  return short.get(written) ?? written;
}

/**
 * Returns the fields that a name stands for. Some short names also stand for the target of an API request: `ns` is the
 * namespace of a pod or of the object in an audit event. Any other name stands for one field or property.
 */
export function fieldsNamed(written: string): readonly [string, ...(readonly string[])] {
  const name = fullName(written);
  const { about, as } = rolesOf(name);
  if (name === written || about === undefined || as !== "name") return [name];
  return [name, ...targetNameFields(about)];
}
