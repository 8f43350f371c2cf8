import { hash } from "node:crypto";
import type { Alert } from "../alert/alert.ts";
import { REPEATS } from "../alert/repeats-field.ts";
import { type Facts, type Field, objectOf } from "./facts.ts";

/**
 * The last time with a four-digit year, in nanoseconds since the epoch. Receivers cannot parse later years in ISO 8601.
 */
const LAST_TIME = 253_402_300_799_999_999_999n;

/** Returns the data of an alert that outputs send. */
export function factsOf(alert: Alert): Facts {
  const { parts, link } = alert;
  const time = alert.time < 0n ? 0n : alert.time > LAST_TIME ? LAST_TIME : alert.time;
  const seconds = new Date(Number(time / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const isoTime = `${seconds}.${(time % 1_000_000_000n).toString().padStart(9, "0")}Z`;
  const id = idOf(alert);
  const key = keyOf(alert) ?? id;
  const own = { id, key, isoTime, alert, ...(link !== undefined && { link }) };
  if (parts === undefined) return { ...own, ...readParts(alert.json) };
  const fields = parts.names.map((name, i): Field => ({ name, json: parts.values[i] ?? "null" }));
  return { ...own, hostname: parts.hostname, fields: fields.filter(({ json }) => json !== "null") };
}

/**
 * Key for deduplication, see {@link Facts.key}. Undefined for an alert without an identity, and for an alert with a
 * repeat count, because the count differs between installations.
 */
function keyOf({ identity, parts }: Alert): string | undefined {
  return identity === undefined || parts?.names.includes(REPEATS) ? undefined : uuidOf(identity);
}

/** The ID of the alert, or a UUID derived from its content if it has none. */
export function idOf(alert: Alert): string {
  if ("id" in alert && typeof alert.id === "string") return alert.id;
  return uuidOf(`${alert.time} ${alert.rule} ${alert.json}`);
}

/** A UUID (version 8) derived from a string. */
function uuidOf(text: string): string {
  const hex = hash("sha256", text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Parts of an alert, read from its JSON. */
function readParts(json: string): { hostname: string; fields: readonly Field[] } {
  const whole = objectOf(json);
  const fields = whole.output_fields;
  const entries = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  return {
    hostname: typeof whole.hostname === "string" ? whole.hostname : "",
    fields: entries
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => ({ name, json: JSON.stringify(value) })),
  };
}
