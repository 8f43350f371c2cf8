import { Machine } from "../../machine/machine.ts";
import { Observed } from "../../machine/observed.ts";
import type { AnsweredAlert } from "../action.ts";

/** An alert where conditions expect an event. One object serves all alerts, one after the other. */
export class AlertEvent extends Observed {
  alert: AnsweredAlert | undefined = undefined;
}

export function openAlertEvent(): AlertEvent {
  return new AlertEvent(new Machine());
}

/** The alert that an event stands for. */
export function alertOf(event: Observed): AnsweredAlert | undefined {
  return event instanceof AlertEvent ? event.alert : undefined;
}
