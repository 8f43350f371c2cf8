import { type Document, isObject, type Json } from "../../event/document.ts";
import { nanoseconds } from "../../event/timestamp.ts";
import type { Unfit } from "../measure.ts";

/** What Suricata calls its events: a word of this form. */
const EVENT_TYPE = /^[a-z][a-z0-9_-]{0,63}$/;

/**
 * An event of Suricata's EVE JSON as a document, which is the event as it came: fields read the names that EVE gives.
 * Every type of event is taken: alert, flow, dns, tls, http, fileinfo, anomaly and whatever comes to be.
 */
export function readEve(part: Json): Document | Unfit {
  if (!isObject(part)) return { reason: "not_eve", message: "it is no JSON object" };
  const { event_type: type, timestamp, host } = part;
  if (typeof type !== "string" || !EVENT_TYPE.test(type))
    return { reason: "not_eve", message: "it has no event_type as Suricata writes it" };
  const time = typeof timestamp === "string" ? nanoseconds(timestamp) : undefined;
  if (time === undefined) return { reason: "no_time", message: "it has no timestamp as Suricata writes it" };
  return { time, value: part, kind: type, ...(typeof host === "string" && host !== "" && { host }) };
}
