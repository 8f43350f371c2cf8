import type { Alert } from "../alert/alert.ts";

/** Data of an alert that outputs send. It does not depend on the options for printing alerts. */
export interface Facts {
  /** A UUID that is the same for each delivery of an alert, so that receivers can deduplicate. */
  readonly id: string;
  /**
   * Deduplication key. Usually the ID; for an alert about an event that several installations can receive, a UUID that
   * is the same in all these installations.
   */
  readonly key: string;
  /** UTC time with nanoseconds: `2026-01-31T23:59:59.000000001Z`. */
  readonly isoTime: string;
  /** URL of the alert in the web UI; undefined if it is unknown. */
  readonly link?: string;
  readonly alert: Alert;
  readonly hostname: string;
  readonly fields: readonly Field[];
}

/** A field with its value as JSON text, to keep numbers that a double cannot represent. */
export interface Field {
  readonly name: string;
  readonly json: string;
}

/** Parses a JSON object. Returns an empty object for any other text. */
export function objectOf(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

/** The value of a field as text. Strings are unquoted. */
export function valueText({ json }: Field): string {
  const value: unknown = json.startsWith('"') ? JSON.parse(json) : undefined;
  return typeof value === "string" ? value : json;
}

/** The value of a field as text; undefined if the alert does not have the field. */
export function fieldText({ fields }: Facts, name: string): string | undefined {
  const field = fields.find((one) => one.name === name);
  return field && valueText(field);
}

/**
 * The properties and fields of an alert as table rows, in the order used in chat messages. Empty values are omitted.
 */
export function rowsOf({ alert, hostname, fields, isoTime }: Facts): (readonly [name: string, value: string])[] {
  const rows: (readonly [string, string])[] = [
    ["rule", alert.rule],
    ["priority", alert.priority],
    ["source", alert.source],
    ["hostname", hostname],
    ["tags", alert.tags.join(", ")],
    ...fields.map((field) => [field.name, valueText(field)] as const),
    ["time", isoTime],
  ];
  return rows.filter(([, value]) => value !== "");
}

/** The fields as a JSON object. `rename` maps field names; of duplicate names, the first is kept. */
export function fieldsJson({ fields }: Facts, rename: (name: string) => string = (name) => name): string {
  const members = new Map<string, string>();
  for (const { name, json } of fields) if (!members.has(rename(name))) members.set(rename(name), json);
  return `{${[...members].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`;
}

/** The alert as a JSON object with the keys of Falco's JSON and a `uuid`. `fields` becomes `output_fields`. */
export function eventJson(facts: Facts, fields = fieldsJson(facts)): string {
  const { id, alert, hostname, isoTime } = facts;
  const { text, priority, rule, source, tags } = alert;
  const around = JSON.stringify({ uuid: id, output: text, priority, rule, time: isoTime, source, tags, hostname });
  return `${around.slice(0, -1)},"output_fields":${fields}}`;
}

/** Truncates a string with an ellipsis, without splitting a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = text.slice(0, most - 1);
  return `${end.isWellFormed() ? end : end.slice(0, -1)}…`;
}

/** Time of an alert in milliseconds since the epoch. */
export function milliseconds({ time }: Alert): number {
  return Number(time / 1_000_000n);
}

/** Converts a field name to a label name: `proc.aname[2]` becomes `proc_aname_2`. */
export function labelName(field: string): string {
  const name = field.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return /^\d/.test(name) ? `_${name}` : name;
}
