/** The workload or process of a group of repeated alerts. */
export interface About {
  readonly field: string;
  readonly value: string;
}

/**
 * The query that selects exactly the alerts of a group.
 * @param fields fields that may identify the workload, in order of precedence; alerts of the group lack the fields
 * before the group's field
 */
export function groupQuery(rule: string, about: About | undefined, fields: readonly string[]): string {
  const before = about === undefined ? fields : fields.slice(0, fields.indexOf(about.field));
  const parts = [`rule = ${literal(rule)}`];
  for (const field of before)
    parts.push(field === "container.name" ? `not (${field} exists and ${field} != host)` : `not ${field} exists`);
  if (about !== undefined) parts.push(`${about.field} = ${literal(about.value)}`);
  return parts.join(" and ");
}

function literal(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/[\b\f\n\r\t]/g, (c) => JSON.stringify(c).slice(1, -1))}"`;
}
