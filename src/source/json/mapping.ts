import { toByteString } from "../../event/bytes.ts";
import { isArray, isObject, type Json, member } from "../../event/document.ts";
import { eventTime, nanoseconds, nanosecondsOf } from "../../event/timestamp.ts";
import type { ReadPart } from "../split.ts";

/**
 * JSON pointers (RFC 6901) to the metadata of an event, and the unit of numeric times. An empty pointer means that the
 * event has no such value.
 */
export interface Mapping {
  readonly time: string;
  readonly time_unit: "auto" | keyof typeof units;
  readonly host: string;
  readonly kind: string;
}

/** Nanoseconds per time unit. */
const units = { s: 1_000_000_000, ms: 1_000_000, us: 1000, ns: 1 } as const;

/**
 * Returns a function that decodes any JSON object or list as an event. If the event has no valid time, the time of
 * arrival is used.
 */
export function readMapped(mapping: Mapping): ReadPart {
  const time = stepsOf(mapping.time);
  const host = stepsOf(mapping.host);
  const kind = stepsOf(mapping.kind);
  const unit = mapping.time_unit === "auto" ? undefined : units[mapping.time_unit];
  return (value, received) => {
    if (!isObject(value) && !isArray(value)) return { reason: "no_object", message: "it is not an object" };
    return {
      time: (time && timeOf(pointedAt(value, time), unit)) ?? received.time,
      value,
      ...naming("host", host && pointedAt(value, host)),
      ...naming("kind", kind && pointedAt(value, kind)),
    };
  };
}

function naming(key: "host" | "kind", value: Json | undefined): { host?: string; kind?: string } {
  if (typeof value === "string") return { [key]: value };
  return typeof value === "number" || typeof value === "bigint" ? { [key]: String(value) } : {};
}

const NUMBER = /^\d{1,20}(?:\.\d{1,9})?$/;

/** Returns the time of an event in nanoseconds since the epoch. */
function timeOf(value: Json | undefined, unit: number | undefined): bigint | undefined {
  if (typeof value === "string") {
    if (!NUMBER.test(value)) return nanoseconds(value);
    const whole = value.includes(".") ? Number(value) : BigInt(value);
    return unit === undefined ? nanosecondsOf(whole) : eventTime(scaled(whole, unit));
  }
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  return unit === undefined ? nanosecondsOf(value) : eventTime(scaled(value, unit));
}

function scaled(value: number | bigint, unit: number): bigint | undefined {
  if (typeof value === "bigint") return value * BigInt(unit);
  if (!Number.isFinite(value)) return undefined;
  const whole = Math.floor(value);
  return BigInt(whole) * BigInt(unit) + BigInt(Math.round((value - whole) * unit));
}

/** Splits a pointer, whose first slash is optional, into its steps; undefined for an empty pointer. */
function stepsOf(pointer: string): readonly string[] | undefined {
  if (pointer === "") return undefined;
  const steps = toByteString(pointer.startsWith("/") ? pointer.slice(1) : pointer).split("/");
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const INDEX = /^\d{1,9}$/;

function pointedAt(value: Json, steps: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const step of steps) {
    if (isArray(at)) at = INDEX.test(step) ? at[Number(step)] : undefined;
    else at = member(at, step);
  }
  return at;
}
