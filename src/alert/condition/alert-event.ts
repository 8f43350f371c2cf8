import { Machine } from "../../machine/machine.ts";
import { Observed } from "../../machine/observed.ts";
import type { AlertRecord } from "../record.ts";

/** Wraps an alert as an event, so that conditions can be evaluated on it. One object is reused for all alerts. */
export class AlertEvent extends Observed {
  alert: AlertRecord | undefined = undefined;
}

export function openAlertEvent(): AlertEvent {
  return new AlertEvent(new Machine());
}

/** The alert in an {@link AlertEvent}; undefined for other events. */
export function alertOf(event: Observed): AlertRecord | undefined {
  return event instanceof AlertEvent ? event.alert : undefined;
}
