import { keepWritten, parseExact } from "../event/exact-json.ts";
import type { Priority } from "../rule/rule.ts";
import type { Alert } from "./alert.ts";
import type { Background } from "./background.ts";

/** An alert as it is written to the journal. */
export interface Entry {
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  readonly tags: readonly string[];
  readonly hostname: string;
  /** Time of the event, in nanoseconds since the epoch. */
  readonly time: bigint;
  /** The rule's output with field values. */
  readonly message: string;
  /** The rule's output with `%field` placeholders, if known. */
  readonly output: string | undefined;
  /** The fields' names, sorted, and their values as JSON. */
  readonly names: readonly string[];
  readonly values: readonly string[];
  /** Details that are stored but not printed. */
  readonly background?: Background;
  /** Set if the alert was received from another installation. All values are from the sender and unverified. */
  readonly received?: true;
  /**
   * Identifies the event and the rule if the source can repeat events. Alerts with the same identity are stored only
   * once.
   */
  readonly identity?: string;
}

/** An alert as it is read from the journal. */
export interface JournalAlert extends Omit<Entry, "output" | "background"> {
  /** Sequence number in the journal: increasing, never reused. */
  readonly seq: number;
  /** UUID that never changes, with which receivers can detect duplicates. */
  readonly id: string;
}

/** Converts an alert to a journal entry. */
export function entryOf(alert: Alert): Entry {
  const { rule, priority, source, tags, time, message, parts, background, received, identity } = alert;
  const { hostname, names, values } = parts ?? partsInJson(alert.json);
  return {
    ...{ rule, priority, source, tags, hostname, time, message, output: parts?.output, names, values },
    ...(background !== undefined && { background }),
    ...(received && { received }),
    ...(identity !== undefined && { identity }),
  };
}

/** The fields in an alert's JSON, without loss of digits. */
function partsInJson(json: string): Pick<Entry, "hostname" | "names" | "values"> {
  const whole = parseExact(json, keepWritten);
  const hostname = textIn(whole, "hostname") ?? "";
  const fields = isRecord(whole) && isRecord(whole.output_fields) ? whole.output_fields : {};
  const names = Object.keys(fields).sort();
  const values = names.map((name) => JSON.stringify(fields[name] ?? null));
  return { hostname, names, values };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textIn(value: unknown, key: string): string | undefined {
  const inside = isRecord(value) ? value[key] : undefined;
  return typeof inside === "string" ? inside : undefined;
}

/**
 * Converts a JSON value to the text that comparisons use: strings without quotes; undefined if the value is missing.
 */
export function plainValue(json: string | undefined): string | undefined {
  if (json === undefined || json === "null") return undefined;
  if (!json.startsWith('"')) return json;
  const text: unknown = JSON.parse(json);
  return typeof text === "string" ? text : json;
}
