import { Machine } from "../../machine/machine.ts";
import { Observed } from "../../machine/observed.ts";
import type { AlertRecord } from "../record.ts";

/** Presents an alert as an event to conditions. One object is reused for all alerts. */
export class AlertEvent extends Observed {
  alert: AlertRecord | undefined = undefined;
}

export function openAlertEvent(): AlertEvent {
  return new AlertEvent(new Machine());
}

/** The alert that an event stands for. */
export function alertOf(event: Observed): AlertRecord | undefined {
  return event instanceof AlertEvent ? event.alert : undefined;
}
