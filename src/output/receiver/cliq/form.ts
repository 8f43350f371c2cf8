import type { Alert } from "../../../alert/alert.ts";
import { OPEN_ALERT } from "../../alert-link.ts";
import { cut, type Facts, rowsOf } from "../../facts.ts";
import { inert } from "../../inert.ts";
import { type MessageFormat, messageFormat } from "../../template/message-format.ts";
import type { HttpForm } from "../../transport/http-form.ts";
import type { CliqKeys } from "../cliq.ts";

const symbolOf: Readonly<Record<Alert["priority"], string>> = {
  Emergency: "🚨",
  Alert: "🟠",
  Critical: "🟠",
  Error: "🚨",
  Warning: "🟡",
  Notice: "🔵",
  Informational: "🟢",
  Debug: "⚪",
};
/** Cliq accepts text of up to 5,000 characters. */
const LONGEST_TEXT = 4500;
const LONGEST_VALUE = 500;
const MOST_ROWS = 50;

/** Zoho Cliq: one message per alert, with a table of its fields. */
export function cliq(keys: CliqKeys): HttpForm {
  const format = messageFormat("outputs.cliq.messageformat", keys.messageformat, inert);
  return {
    name: "cliq",
    urls: [new URL(keys.webhookurl)],
    maxAlerts: 1,
    body: (alerts) => alerts.map((facts) => JSON.stringify(messageOf(facts, keys, format))).join("\n"),
    ...(format && { warnings: format.warnings }),
  };
}

function messageOf(
  facts: Facts,
  { icon, useemoji, outputformat }: CliqKeys,
  format: MessageFormat | undefined,
): object {
  const { alert, link } = facts;
  const output = inert(alert.text);
  const text = format?.text(facts) ?? (outputformat === "fields" ? `${alert.priority}: ${alert.rule}` : output);
  const rows = rowsOf(facts)
    .slice(0, MOST_ROWS)
    .map(([field, value]) => ({ field: inert(field), value: inert(cut(value, LONGEST_VALUE)) }));
  const slides = [
    ...(format !== undefined && outputformat !== "fields" ? [{ type: "text", data: cut(output, LONGEST_TEXT) }] : []),
    ...(outputformat === "text" ? [] : [{ type: "table", data: { headers: ["field", "value"], rows } }]),
    ...(link === undefined ? [] : [{ type: "text", data: `[${OPEN_ALERT}](${link})` }]),
  ];
  return {
    text: `${useemoji ? `${symbolOf[alert.priority]} ` : ""}${cut(text, LONGEST_TEXT)}`,
    bot: { name: "Eyas", ...(icon !== "" && { image: icon }) },
    ...(slides.length > 0 && { slides }),
  };
}
