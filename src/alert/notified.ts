import type { Alert } from "./alert.ts";
import { entryOf, plainValue } from "./entry.ts";
import { INTERNAL_SOURCE } from "./internal.ts";

/** Field with the names of notifiers, in alerts about responses. Received alerts cannot have this field. */
export const NOTIFIERS = "eyas.response.notifiers";

/**
 * Whether the notifiers named in an alert about a response include an output; undefined if the alert names no
 * notifiers.
 * @param output a name of `notifierOutputs`
 */
export function isNotified(alert: Alert, output: string): boolean | undefined {
  if (alert.source !== INTERNAL_SOURCE) return undefined;
  const { names, values } = alert.parts ?? entryOf(alert);
  const text = plainValue(values[names.indexOf(NOTIFIERS)]);
  return text === undefined ? undefined : text.split(", ").includes(output);
}
