import { at, type Facts, listOf, textAt } from "../transport/json.ts";
import { type ObjectName, short, type Written } from "./finding.ts";

/**
 * Returns kind, namespace and name of an object. The caller passes the kind, because objects in lists do not contain
 * it.
 */
export function nameOf(kind: string, object: Facts): ObjectName {
  const namespace = short(textAt(object, "metadata", "namespace"));
  return { kind, namespace, name: short(textAt(object, "metadata", "name")) };
}

/** Creation time of an object: milliseconds since the epoch; 0 if unknown. */
export function createdAt(object: Facts): number {
  return timeOf(textAt(object, "metadata", "creationTimestamp"));
}

/** Returns the last change to an object. Changes to its status are ignored. */
export function writtenAt(object: Facts): Written | undefined {
  let last: Written | undefined;
  for (const entry of listOf(at(object, "metadata", "managedFields"))) {
    const time = timeOf(textAt(entry, "time"));
    if (textAt(entry, "subresource") !== "" || time <= (last?.time ?? 0)) continue;
    last = { time, tool: short(textAt(entry, "manager")) };
  }
  return last;
}

function timeOf(text: string): number {
  return Date.parse(text) || 0;
}
