import { type Document, isObject, type Json } from "../../event/document.ts";
import { nanoseconds } from "../../event/timestamp.ts";
import type { Rejection } from "../measure.ts";

/** Syntax of Suricata's event types. */
const EVENT_TYPE = /^[a-z][a-z0-9_-]{0,63}$/;

/**
 * Decodes an event in Suricata's EVE JSON format. The document is the event without changes.
 * Any event type with valid syntax is accepted.
 */
export function readEve(part: Json): Document | Rejection {
  if (!isObject(part)) return { reason: "not_eve", message: "it is not a JSON object" };
  const { event_type: type, timestamp, host } = part;
  if (typeof type !== "string" || !EVENT_TYPE.test(type))
    return { reason: "not_eve", message: "it has no valid event_type" };
  const time = typeof timestamp === "string" ? nanoseconds(timestamp) : undefined;
  if (time === undefined) return { reason: "no_time", message: "it has no valid timestamp" };
  return { time, value: part, kind: type, ...(typeof host === "string" && host !== "" && { host }) };
}
