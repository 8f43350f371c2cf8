import type { Incident } from "../../src/api/schemas/incident.ts";
import { isSelected, type TimeSelection } from "../../ui-shared/filter/time-selection.ts";
import type { LaneAlert } from "../../ui-shared/lanes/lanes.ts";
import type { GraphNode } from "./node.ts";

/** Returns the alerts of an incident for lanes, oldest first. */
export function laneAlerts({ alert: subject, alerts, processes }: Incident): readonly LaneAlert[] {
  const all = alerts.map(({ id, time, rule, priority, source, process: position }) => {
    const process = position === undefined ? undefined : processes[position];
    return {
      ...{ id, rule, priority, source, at: Date.parse(time), isSubject: id === subject },
      hostname: process?.hostname ?? "",
      ...(process && { process: { pid: process.pid, name: process.name } }),
    };
  });
  return all.sort((a, b) => a.at - b.at);
}

/** Whether an item of a node, or an alert about it, is in the selected time range. True if there is no selection. */
export function isActive({ times, alerts }: Pick<GraphNode, "times" | "alerts">, selection?: TimeSelection): boolean {
  return (
    times.some((time) => isSelected(time, selection)) ||
    alerts.some(({ time }) => isSelected(Date.parse(time), selection))
  );
}
