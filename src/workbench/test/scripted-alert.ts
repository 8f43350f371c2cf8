import type { AlertRecord, FieldValue } from "../../alert/record.ts";
import { parsePriority } from "../../rule/rule.ts";
import type { Reading } from "../reading.ts";

/** An alert that a case describes. */
export interface ScriptedAlert {
  /** Time since the previous alert, in milliseconds. */
  readonly after: number;
  /** @param time time of the alert, nanoseconds since the epoch */
  alert(time: bigint): AlertRecord;
}

const KEYS = ["rule", "priority", "source", "tags", "hostname", "output", "fields", "after"] as const;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws TestFault */
export function readAlert(reading: Reading): ScriptedAlert {
  const keys = reading.keyed("an alert", KEYS);
  const text = (key: (typeof KEYS)[number], otherwise: string): string => keys.get(key)?.text(`"${key}"`) ?? otherwise;
  const rule = text("rule", "");
  if (rule === "") throw reading.fault('An alert requires "rule".');
  const priority = parsePriority(text("priority", "notice"));
  if (priority === undefined) throw (keys.get("priority") ?? reading).fault("Invalid priority.");
  const [source, hostname, output] = [text("source", "syscall"), text("hostname", "machine"), text("output", rule)];
  const tags = keys.get("tags")?.texts('"tags"') ?? [];
  const fields = new Map<string, FieldValue>();
  for (const { key, value } of keys.get("fields")?.entries('"fields"') ?? []) fields.set(key, fieldValue(value));
  const after = timeOf(keys.get("after"));
  return {
    after,
    alert(time) {
      const parts = { hostname, output, priority, rule, source, tags };
      const json = JSON.stringify({ ...parts, output_fields: Object.fromEntries(fields) });
      return { ...parts, id: "00000000-0000-7000-8000-000000000000", time, fields, json };
    },
  };
}

/** Reads a field value. Plain `1`, `true` and `~` are a number, a boolean and null; quoted scalars are strings. */
function fieldValue(reading: Reading): FieldValue {
  const { node } = reading;
  if (node.kind !== "scalar") return reading.items().map(fieldValue);
  if (reading.isNull) return null;
  if (node.style !== "plain") return node.text;
  if (node.text === "true" || node.text === "false") return node.text === "true";
  const number = /^-?\d{1,20}(?:\.\d+)?$/.test(node.text) ? Number(node.text) : undefined;
  return number !== undefined && (Number.isSafeInteger(number) || node.text.includes(".")) ? number : node.text;
}

function timeOf(reading: Reading | undefined): number {
  if (reading === undefined) return 1;
  const found = /^(\d+)(ms|s|m|h|d)$/.exec(reading.text('"after"'));
  const [, value, unit = ""] = found ?? [];
  const size = UNITS[unit];
  if (value === undefined || size === undefined)
    throw reading.fault('"after" must be a duration such as 10s, 5m or 1h.');
  return Number(value) * size;
}
