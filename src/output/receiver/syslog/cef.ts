import type { Alert } from "../../../alert/alert.ts";
import { cefFields } from "../../../field/roles.ts";
import { type Facts, fieldsJson, fieldText, milliseconds } from "../../facts.ts";

const severityOf: Readonly<Record<Alert["priority"], number>> = {
  Emergency: 10,
  Alert: 9,
  Critical: 8,
  Error: 7,
  Warning: 6,
  Notice: 4,
  Informational: 3,
  Debug: 0,
};

/** CEF keys that are written before the others, in this order. */
const FIRST = ["sproc", "spid", "suser", "src", "spt", "dst", "dpt", "proto", "filePath"];
const keys = [...new Set([...FIRST, ...cefFields.keys()])];

/** Formats an alert as one line in the Common Event Format. Header and severities are the same as in Falcosidekick. */
export function cef(facts: Facts): string {
  const { alert, id, hostname } = facts;
  const known = keys.map((key) => [key, fieldText(facts, cefFields.get(key) ?? "")] as const);
  const extension: readonly (readonly [string, string | undefined])[] = [
    ["externalId", id],
    ["rt", String(milliseconds(alert))],
    ["dvchost", hostname],
    ["cat", alert.source],
    ["msg", alert.text],
    ...known,
    ["cs1Label", "outputfields"],
    ["cs1", fieldsJson(facts)],
    ["cs2Label", "tags"],
    ["cs2", alert.tags.join(",")],
  ];
  const pairs = extension.filter(([, value]) => value !== undefined && value !== "");
  const head = [
    "CEF:0",
    "Falcosecurity",
    "Falco",
    "1.0",
    "Falco Event",
    headText(alert.rule),
    severityOf[alert.priority],
  ];
  return `${head.join("|")}|${pairs.map(([name, value]) => `${name}=${valueText(value ?? "")}`).join(" ")}`;
}

/** Escapes a header field, which cannot contain line breaks. */
function headText(text: string): string {
  return text.replace(/[\\|]/g, "\\$&").replace(/[\r\n]+/g, " ");
}

function valueText(text: string): string {
  return text.replace(/[\\=]/g, "\\$&").replaceAll("\r", "\\r").replaceAll("\n", "\\n");
}
