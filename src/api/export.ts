import { csvFields } from "../field/roles.ts";
import type { FieldValue, StoredAlert } from "./store/store.ts";

/** Header of the CSV export. The last column contains all fields as JSON, including fields with a separate column. */
export const csvHead = `${["id", "time", "priority", "rule", "source", "hostname", "state", "tags", "output", ...csvFields, "fields"].join(",")}\r\n`;

/** An alert as a line of JSON, with Falco's keys. */
export function jsonLine(alert: StoredAlert): string {
  const { id, time, rule, priority, source, hostname, tags, output, fields, state } = alert;
  return `${visible({ uuid: id, time, rule, priority, source, hostname, tags, output, output_fields: fields, state })}\n`;
}

/** An alert as a CSV line (RFC 4180). Strings that spreadsheets would evaluate as formulas are escaped. */
export function csvLine(alert: StoredAlert): string {
  const { id, time, priority, rule, source, hostname, state, tags, output, fields } = alert;
  const field = (name: string): string => textOf(fields[name]);
  const cells = [id, time, priority, rule, source, hostname, state, tags.join(" "), output, ...csvFields.map(field)];
  return `${[...cells.map(cell), quote(visible(fields))].join(",")}\r\n`;
}

function textOf(value: FieldValue | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * Matches control characters, format characters (including bidirectional controls) and line separators. These
 * characters can control a terminal or mislead a reader.
 */
const HOSTILE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** JSON with control and formatting characters escaped. */
function visible(value: unknown): string {
  return JSON.stringify(value).replace(HOSTILE, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

function cell(text: string): string {
  const shown = text.replace(HOSTILE, "\ufffd");
  return quote(/^ *(?:[=+@\uff1d\uff0b\uff20]|[-\uff0d](?!\d+$))/.test(shown) ? `'${shown}` : shown);
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
