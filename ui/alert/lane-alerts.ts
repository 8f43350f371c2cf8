import { containerOf, processOf } from "../../src/alert/origin.ts";
import type { AlertDetail, TimelineEntry } from "../../src/api/schemas/alert.ts";
import type { LaneAlert } from "../../ui-shared/lanes/lanes.ts";
import { valueText } from "../../ui-shared/text/value.ts";

/** Returns the alerts of a timeline and the alert itself, oldest first. */
export function laneAlerts(alert: AlertDetail, timeline: readonly TimelineEntry[]): readonly LaneAlert[] {
  const field = (name: string): string =>
    Object.hasOwn(alert.fields, name) ? (valueText(alert.fields[name]) ?? "") : "";
  const [process, container] = [processOf(field), containerOf(field)];
  const { id, time, rule, priority, source, hostname } = alert;
  const subject: LaneAlert = {
    ...{ id, rule, priority, source, hostname, at: Date.parse(time), isSubject: true },
    ...(process && { process }),
    ...(container && { container }),
  };
  const others = timeline
    .filter((other) => other.id !== id)
    .map((other) => ({ ...other, at: Date.parse(other.time), isSubject: false }));
  return [...others, subject].sort((a, b) => a.at - b.at);
}
