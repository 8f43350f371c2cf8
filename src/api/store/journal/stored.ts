import type { JournalAlert } from "../../../alert/entry.ts";
import { isoText } from "../../../field/time.ts";
import type { State } from "../../filter/filter.ts";
import type { FieldValue, StoredAlert } from "../store.ts";

/** Triage and responses of an alert. */
export interface TriageState {
  readonly state: State;
  readonly assignee: string;
  readonly comments: number;
  readonly responses: number;
}

export const untouched: TriageState = { state: "open", assignee: "", comments: 0, responses: 0 };

/** An alert of the journal in the format of the API. */
export function storedAlert(alert: JournalAlert, made: TriageState): StoredAlert {
  const { id, time, rule, priority, source, hostname, tags, message, names, values } = alert;
  return {
    id,
    time: isoText(time, "Z"),
    rule,
    priority,
    source,
    hostname,
    tags,
    output: message,
    fields: Object.fromEntries(names.map((name, i) => [name, valueIn(values[i] ?? "null")])),
    ...(alert.received && { received: true }),
    state: made.state,
    ...(made.assignee !== "" && { assignee: made.assignee }),
    comments: made.comments,
    responses: made.responses,
  };
}

/** Parses a field value. Integers that would lose digits remain strings. */
function valueIn(json: string): FieldValue {
  if (/^-?\d+$/.test(json)) {
    const number = Number(json);
    return Number.isSafeInteger(number) ? number : json;
  }
  try {
    return readValue(JSON.parse(json));
  } catch {
    return json; // a damaged database page
  }
}

function readValue(value: unknown): FieldValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(readValue);
  if (typeof value !== "object" || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readValue(each)]));
}

/** Formats microseconds since the epoch as ISO 8601 with nine fractional digits. */
export function isoOfMicroseconds(time: number): string {
  return isoText(BigInt(Math.round(time)) * 1000n, "Z");
}
