import type { Priority } from "../rule/rule.ts";
import type { Alert } from "./alert.ts";
import type { Background } from "./background.ts";

/** An alert as the journal takes it. */
export interface Entry {
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  readonly tags: readonly string[];
  readonly hostname: string;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** The rule's output, filled in. */
  readonly message: string;
  /** The rule's output with `%field`, where it is known. */
  readonly output: string | undefined;
  /** The fields' names, sorted, and their values as JSON. */
  readonly names: readonly string[];
  readonly values: readonly string[];
  /** What stands behind it. */
  readonly background?: Background;
  /** It was posted to us: what it says, also of where it happened, is its sender's word. */
  readonly received?: true;
}

/** An alert as the journal gives it back. */
export interface JournalAlert extends Omit<Entry, "output" | "background"> {
  /** Its place in the journal: later ones have larger numbers. Never used twice. */
  readonly seq: number;
  /** A UUID that stays the same for ever, so that receivers can tell what they have already. */
  readonly id: string;
}

/** What there is to keep of an alert. */
export function entryOf(alert: Alert): Entry {
  const { rule, priority, source, tags, time, message, parts, background, received } = alert;
  const { hostname, names, values } = parts ?? partsInJson(alert.json);
  return {
    ...{ rule, priority, source, tags, hostname, time, message, output: parts?.output, names, values },
    ...(background !== undefined && { background }),
    ...(received && { received }),
  };
}

/** `JSON.parse` as it is today: the reviver also gets the text that a value was written as. */
const parseJson: (
  text: string,
  reviver: (key: string, value: unknown, context?: { readonly source?: string }) => unknown,
) => unknown = JSON.parse;

/** The fields of an alert's JSON, with every digit of their numbers. */
function partsInJson(json: string): Pick<Entry, "hostname" | "names" | "values"> {
  const exact = new Map<string, string>();
  const whole = parseJson(json, (key, value, context) => {
    if (typeof value === "number" && context?.source !== undefined) exact.set(key, context.source);
    return value;
  });
  const hostname = textIn(whole, "hostname") ?? "";
  const fields = isRecord(whole) && isRecord(whole.output_fields) ? whole.output_fields : {};
  const names = Object.keys(fields).sort();
  const values = names.map((name) => {
    const value = fields[name];
    return (typeof value === "number" ? exact.get(name) : undefined) ?? JSON.stringify(value ?? null);
  });
  return { hostname, names, values };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textIn(value: unknown, key: string): string | undefined {
  const inside = isRecord(value) ? value[key] : undefined;
  return typeof inside === "string" ? inside : undefined;
}

/** The text that people compare a value with: strings without quotes; undefined for what is missing. */
export function plainValue(json: string | undefined): string | undefined {
  if (json === undefined || json === "null") return undefined;
  if (!json.startsWith('"')) return json;
  const text: unknown = JSON.parse(json);
  return typeof text === "string" ? text : json;
}
