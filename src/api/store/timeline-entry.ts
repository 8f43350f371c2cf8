import type { JournalAlert } from "../../alert/entry.ts";
import { containerOf, processOf } from "../../alert/origin.ts";
import { MAX_NAME, shortened } from "./incident.ts";
import { fieldReader } from "./pod-relations.ts";
import type { TimelineEntry } from "./store.ts";

/**
 * A related alert in the format of the API.
 * @param time ISO time of the alert
 */
export function timelineEntry(alert: JournalAlert, time: string, relation: TimelineEntry["relation"]): TimelineEntry {
  const { id, rule, priority, source, hostname, message } = alert;
  const field = fieldReader(alert);
  const process = processOf(field);
  const container = containerOf(field);
  return {
    ...{ id, time, rule, priority, source, hostname, output: message, relation },
    ...(process !== undefined && { process: { ...process, name: shortened(process.name, MAX_NAME) } }),
    ...(container !== undefined && {
      container: { id: shortened(container.id, MAX_NAME), name: shortened(container.name, MAX_NAME) },
    }),
  };
}
