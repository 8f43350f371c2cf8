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

/** Maps short names without a dot to full names. */
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
 * Whether a name is a dotted name, an alert property or an alias. A space before the operator is allowed only after
 * such a name.
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
 * Returns the fields to which a name refers. Some short names also refer to the target of an API request: `ns` is the
 * namespace of a pod or of the object in an audit event. Any other name refers to one field or property.
 */
export function fieldsNamed(written: string): readonly [string, ...(readonly string[])] {
  const name = fullName(written);
  const { about, as } = rolesOf(name);
  if (name === written || about === undefined || as !== "name") return [name];
  return [name, ...targetNameFields(about)];
}
