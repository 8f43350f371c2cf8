import { identityOf } from "../../audit/identity.ts";
import { eventWithoutBodies, itemTexts } from "../../audit/items.ts";
import { openAuditMemory } from "../../audit/memory.ts";
import { beginningOfEvent, truncated } from "../../audit/truncate.ts";
import { isArray, isObject, type Json, member } from "../../event/document.ts";
import { nanoseconds } from "../../event/timestamp.ts";
import { MAX_LEVELS, type Rejection } from "../measure.ts";
import type { Reader } from "../reader.ts";
import { eachPart, type ReadPart, type RejectedPart, type Split } from "../split.ts";

/**
 * Splits data from the webhook or the log of a Kubernetes API server into audit events: an `Event`, the items of an
 * `EventList`, or lists of both. Events beyond the size and depth limits are truncated rather than rejected, so that
 * padding cannot hide a request.
 */
export const splitAudit: Split = (value, received, most) => splitWith(readEvent, value, received, most);

function splitWith(read: ReadPart, ...[value, received, most]: Parameters<Split>): ReturnType<Split> {
  const { events, refused } = eventsIn(value);
  const parts = eachPart(events, read, received, most, (event) => (isObject(event) ? truncated(event) : undefined));
  return refused.length === 0 ? parts : { documents: parts.documents, refused: [...parts.refused, ...refused] };
}

/** Opens a reader of audit events that remembers objects between events. */
export function openAuditReader(): Reader {
  const memory = openAuditMemory();
  const read: ReadPart = (event, received) => {
    const made = readEvent(event, received);
    return "reason" in made ? made : memory.annotated(made);
  };
  return {
    split: (value, received, most) => splitWith(read, value, received, most),
    beginning(text, received) {
      const event = truncated(beginningOfEvent(text));
      const made = readEvent(event, received);
      return "reason" in made ? { time: received.time, value: event } : made;
    },
    parts: { texts: itemTexts, reduced: eventWithoutBodies },
    identify: identityOf,
    use: memory.use,
  };
}

/** Decodes an event. Its time is the time of its stage. */
const readEvent: ReadPart = (event) => {
  if (!isObject(event)) return NO_EVENT;
  const stamp = member(event, "stageTimestamp");
  const time = typeof stamp === "string" ? nanoseconds(stamp) : undefined;
  if (time !== undefined) return { time, value: event };
  const message = stamp === undefined ? "it has no stageTimestamp" : "its stageTimestamp is not a time";
  return { reason: "no_time", message };
};

const NO_EVENT: Rejection = {
  reason: "not_audit",
  message: "it is not an audit event: expected an Event, an EventList or a list of these",
};

/** Returns the events in order, and the rejected parts. */
function eventsIn(value: Json): { events: Json[]; refused: RejectedPart[] } {
  const events: Json[] = [];
  const refused: RejectedPart[] = [];
  const take = (part: Json, levels: number): void => {
    if (isArray(part) && levels > 0) {
      for (const each of part) take(each, levels - 1);
      return;
    }
    const kind = member(part, "kind");
    const items = kind === "EventList" ? member(part, "items") : undefined;
    if (isArray(items)) for (const item of items) events.push(item);
    else if (kind === "Event") events.push(part);
    else refused.push({ part: events.length + refused.length + 1, ...NO_EVENT });
  };
  take(value, MAX_LEVELS);
  return { events, refused };
}
