/** The workload or process of a group of repetitions. */
export interface About {
  readonly field: string;
  readonly value: string;
}

/**
 * The condition that selects the alerts of a group, and no others.
 * @param fields of whom alerts may be about, in their order: those before the group's own are missing in its alerts
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
