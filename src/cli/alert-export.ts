import type { JournalAlert } from "../alert/entry.ts";
import { plainValue } from "../alert/entry.ts";
import { restoredAlert } from "../alert/restored.ts";
import { csvFields } from "../field/roles.ts";
import { isoText } from "../field/time.ts";
import type { ActionEntry } from "../journal/action-entry.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";
import { stepObject } from "./respond-text.ts";

const everything = {
  isoTime: false,
  includeOutput: true,
  includeMessage: false,
  includeFields: true,
  includeTags: true,
};

/** Returns an alert in the JSON format of outputs, with the ID as `uuid` and the actions, if any, as `responses`. */
export function jsonLine(alert: JournalAlert, steps: readonly ActionEntry[] = []): string {
  const { json, id } = restoredAlert(alert, everything);
  const responses = steps.length === 0 ? "" : `,"responses":${JSON.stringify(steps.map(stepObject))}`;
  return `${visibleJson(`${json.slice(0, -1)}${responses},"uuid":"${id}"}`)}\n`;
}

/** Columns of the CSV export. The last column contains all fields as JSON, including fields with a separate column. */
const columns = ["number", "id", "time", "priority", "rule", "source", "hostname", "tags", "message"].concat(
  csvFields,
  ["fields"],
);

/** The header line of the CSV export. */
export const csvHead = `${columns.join(",")}\n`;

/** Returns an alert as a CSV line (RFC 4180). Control characters and formulas are escaped. */
export function csvLine(alert: JournalAlert): string {
  const { seq, id, time, priority, rule, source, hostname, tags, message, names, values } = alert;
  const field = (name: string): string => plainValue(values[names.indexOf(name)]) ?? "";
  const fields = `{${names.map((name, i) => `${JSON.stringify(name)}:${values[i]}`).join(",")}}`;
  const cells = [String(seq), id, isoText(time, "Z"), priority, rule, source, hostname, tags.join(" "), message];
  return `${[...cells, ...csvFields.map(field)]
    .map(cell)
    .concat(quote(visibleJson(fields)))
    .join(",")}\n`;
}

/** Returns a CSV cell. Text that a spreadsheet would evaluate as a formula is prefixed with an apostrophe. */
export function cell(text: string): string {
  const shown = visible(text);
  return quote(/^ *(?:[=+@\uff1d\uff0b\uff20]|[-\uff0d](?!\d+$))/.test(shown) ? `'${shown}` : shown);
}

function quote(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
