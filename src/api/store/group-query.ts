import { type About, aboutFields } from "../../alert/about.ts";
import type { StoredAlert } from "./store.ts";

/**
 * The query that selects exactly the alerts of a group.
 * @param fields fields that may identify the workload, in order of precedence; alerts of the group do not have the
 * fields that precede the field of the group
 */
export function groupQuery(rule: string, about: About | undefined, fields: readonly string[]): string {
  return [`rule = ${literal(rule)}`, ...aboutConditions(about, fields)].join(" and ");
}

/**
 * The conditions that select the alerts about a workload or process, or the alerts without a workload and process. See
 * {@link groupQuery}.
 */
export function aboutConditions(about: About | undefined, fields: readonly string[]): readonly string[] {
  const position = about === undefined ? -1 : fields.indexOf(about.field);
  const before = position < 0 ? fields : fields.slice(0, position);
  return [
    ...before.map((field) =>
      field === "container.name" ? `not (${field} exists and ${field} != host)` : `not ${field} exists`,
    ),
    ...(about === undefined ? [] : [comparison(about.field, about.value)]),
  ];
}

/** The workload or process in the fields of an alert, as in its group. The container name `host` is ignored. */
export function aboutInFields(fields: StoredAlert["fields"]): About | undefined {
  for (const field of aboutFields) {
    const value = Object.hasOwn(fields, field) ? fields[field] : null;
    if (value === null || value === undefined) continue;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (field !== "container.name" || text !== "host") return { field, value: text };
  }
  return undefined;
}

/** A comparison of a field with a text. */
export function comparison(field: string, text: string, operator: "=" | "endswith" | "glob" = "="): string {
  return `${field} ${operator} ${literal(text)}`;
}

/** A text as a value of a query. */
export function literal(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/[\b\f\n\r\t]/g, (c) => JSON.stringify(c).slice(1, -1))}"`;
}
