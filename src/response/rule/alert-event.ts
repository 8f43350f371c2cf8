import { Machine } from "../../machine/machine.ts";
import { Observed } from "../../machine/observed.ts";
import type { ResponseAlert } from "../action.ts";

/** An alert where conditions expect an event. One object serves all alerts, one after the other. */
export class AlertEvent extends Observed {
  alert: ResponseAlert | undefined = undefined;
}

export function openAlertEvent(): AlertEvent {
  return new AlertEvent(new Machine());
}

/** The alert that an event stands for. */
export function alertOf(event: Observed): ResponseAlert | undefined {
  return event instanceof AlertEvent ? event.alert : undefined;
}
