import { keepWritten, parseExact } from "../event/exact-json.ts";
import { setStackLimit } from "../event/stack-limit.ts";
import { nanoseconds } from "../event/timestamp.ts";
import { parsePriority } from "../rule/rule.ts";
import type { Alert, AlertOptions } from "./alert.ts";
import { receivedFields, receivedHost, receivedRule, receivedSource } from "./received-names.ts";
import { restoredAlert } from "./restored.ts";

/**
 * The reason why a part is not a valid alert: a label for metrics, and a message. The message contains no text from the
 * part.
 */
export interface RejectedAlert {
  readonly reason: "not_json" | "too_large" | "incomplete" | "unusable";
  readonly message: string;
}

/** The alerts in a request body, and its invalid parts. Parts are numbered from 1. */
export interface ReceivedAlerts {
  readonly alerts: readonly Alert[];
  readonly refused: readonly (RejectedAlert & { readonly part: number })[];
}

/** Print options for received alerts. The options contain no `hostname`, because each alert has its own host name. */
export interface ReceivedOptions extends Omit<AlertOptions, "hostname"> {
  /** The hostname of this machine. Received alerts cannot use this hostname. Undefined allows any hostname. */
  readonly ownHost?: string | undefined;
}

/** Default source of alerts that do not have a source, such as alerts from old versions of Falco. */
const USUAL_SOURCE = "syscall";
/** Maximum nesting depth of a value. */
const DEEPEST = 32;
/** Replaces line breaks and control characters. */
const REPLACEMENT = "\ufffd";
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

/** Number of alerts to parse per step. */
const STEP = 64;

/**
 * Parses alerts in Falco's HTTP format, in steps: a single alert, a list, or one alert per line. Numbers keep all
 * digits.
 * @param lines whether each line is an alert; if false, the format is detected
 * @param most maximum size of an alert in characters
 */
export function* readAlerts(
  text: string,
  lines: boolean,
  most: number,
  options: ReceivedOptions,
): Generator<void, ReceivedAlerts> {
  const alerts: Alert[] = [];
  const refused: (RejectedAlert & { part: number })[] = [];
  const take = (value: unknown, part: number): void => {
    const alert = alertOf(value, most, options);
    if ("reason" in alert) refused.push({ part, ...alert });
    else alerts.push(alert);
  };
  const whole = lines ? undefined : parsed(text);
  if (whole !== undefined) {
    for (const [i, each] of (Array.isArray(whole.value) ? whole.value : [whole.value]).entries()) {
      if (i % STEP === 0) yield;
      take(each, i + 1);
    }
    return { alerts, refused };
  }
  for (const [i, line] of text.split("\n").entries()) {
    if (i % STEP === 0) yield;
    if (line.trim() === "") continue;
    const one = parsed(line);
    if (one === undefined) refused.push({ part: i + 1, reason: "not_json", message: "invalid JSON" });
    else take(one.value, i + 1);
  }
  return { alerts, refused };
}

function parsed(text: string): { readonly value: unknown } | undefined {
  // A body may have a million invalid lines. Stack traces are disabled, because capturing stack traces takes most of
  // the time.
  const before = setStackLimit(0);
  try {
    return { value: parseExact(text, keepWritten) };
  } catch {
    return undefined;
  } finally {
    setStackLimit(before);
  }
}

function alertOf(value: unknown, most: number, options: ReceivedOptions): Alert | RejectedAlert {
  if (!isRecord(value)) return { reason: "unusable", message: "not an object" };
  const { rule, output, hostname = "", source = "", uuid } = value;
  const priority = typeof value.priority === "string" ? parsePriority(value.priority) : undefined;
  if (priority === undefined) return incomplete("priority", "is unknown");
  if (typeof rule !== "string" || rule === "") return incomplete("rule", "must be a non-empty string");
  const time = typeof value.time === "string" ? nanoseconds(value.time) : undefined;
  if (time === undefined || time === 0n) return incomplete("time", "is not a valid RFC 3339 time");
  const fields = value.output_fields;
  if (!isRecord(fields) || Object.keys(fields).length === 0)
    return incomplete("output_fields", "must be an object with at least one field");
  if (typeof output !== "string" && typeof value.message !== "string") return incomplete("output", "must be a string");
  if (typeof hostname !== "string") return incomplete("hostname", "must be a string");
  if (typeof source !== "string") return incomplete("source", "must be a string");
  const tags = value.tags ?? [];
  if (!isTexts(tags)) return incomplete("tags", "must be a list of strings");
  const others = receivedFields(fields);
  const own = typeof uuid === "string" && uuid !== "" && !Object.hasOwn(fields, "uuid") ? { ...others, uuid } : others;
  const names = Object.keys(own).sort();
  if (names.some((name) => name.search(CONTROL) >= 0))
    return incomplete("output_fields", "has a name with control characters");
  if (names.some((name) => isDeeper(own[name], DEEPEST)))
    return { reason: "unusable", message: `a value in output_fields is nested more than ${DEEPEST} levels deep` };
  const values = names.map((name) => JSON.stringify(own[name]));
  const message = typeof value.message === "string" ? value.message : withoutClock(String(output), priority);
  const size = [rule, source, hostname, ...tags, ...names, ...values].reduce(
    (sum, { length }) => sum + length,
    message.length,
  );
  if (size > most) return { reason: "too_large", message: `the alert has ${size} characters; the maximum is ${most}` };
  const { id: _, ...alert } = restoredAlert(
    {
      seq: 0,
      id: "",
      rule: receivedRule(clean(rule)),
      priority,
      source: receivedSource(clean(source === "" ? USUAL_SOURCE : source)),
      tags: tags.map(clean),
      hostname: receivedHost(clean(hostname), options.ownHost),
      time,
      message: clean(message),
      names,
      values,
    },
    options,
  );
  return alert;
}

/** Matches the time and priority before the message of a rule. */
const CLOCK = /^(?:\d{4}-\d{2}-\d{2}T)?\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{4})?: ([A-Za-z]+) /;

function withoutClock(output: string, priority: string): string {
  const [clock = "", severity = ""] = CLOCK.exec(output) ?? [];
  return parsePriority(severity) === priority ? output.slice(clock.length) : output;
}

/** Whether a value is nested deeper than `depth`. Nesting is limited because readers of values are recursive. */
function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((each) => isDeeper(each, depth - 1));
}

function clean(text: string): string {
  return text.toWellFormed().replace(CONTROL, REPLACEMENT);
}

function incomplete(key: string, what: string): RejectedAlert {
  return { reason: "incomplete", message: `${key} ${what}` };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
