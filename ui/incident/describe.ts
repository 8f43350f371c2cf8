import { type Priority, priorities } from "../../src/rule/rule.ts";
import type { TimeSelection } from "../../ui-shared/filter/time-selection.ts";
import { clock, momentText } from "../../ui-shared/text/clock.ts";
import { quantity } from "../../ui-shared/text/number.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import { isActive } from "./lane-alerts.ts";
import { type GraphNode, KIND_NAMES, labelOf } from "./node.ts";

/** The most severe priority of the alerts of a node; undefined if the node has none. */
export function worstPriority({ alerts }: Pick<GraphNode, "alerts">): Priority | undefined {
  return priorities.find((priority) => alerts.some((alert) => alert.priority === priority));
}

/**
 * The second line of a node: PID and user of a process, or the time of the first alert. The line has no room for the
 * date, which the details show.
 */
export function secondLine({ kind, processes, alerts, from }: GraphNode): string {
  const [process] = processes;
  if (kind === "process" && process !== undefined && processes.length === 1) {
    const { pid, user = "" } = process;
    return [pid > 0 ? `${pid}` : "", user].filter((part) => part !== "").join(" · ");
  }
  if (kind === "alert" && alerts.length > 0) return `${worstPriority({ alerts }) ?? ""} · ${timeText(from, shortText)}`;
  return kind === "process" ? "" : KIND_NAMES[kind];
}

/** Formats a time in the shown time zone, with the date unless it is today; `unknown` for 0 and infinity. */
export function timeText(time: number, format: (time: number) => string = momentText): string {
  return time === 0 || !Number.isFinite(time) ? "unknown" : format(time);
}

function shortText(time: number): string {
  return clock(new Date(time).toISOString(), false);
}

/** Description of a node for screen readers, which states whether it is outside the selected time. */
export function spoken(node: GraphNode, until: number, selection?: TimeSelection): string {
  const { text, count } = labelOf(node, until);
  const parts = [`${KIND_NAMES[node.kind]} ${visible(text)}`];
  if (count > 1) parts.push(`${count} times`);
  if (node.kind === "process" && node.processes.length === 1) parts.push(visible(secondLine(node)));
  if (node.kind !== "alert" && node.alerts.length > 0) parts.push(quantity(node.alerts.length, "alert"));
  const priority = node.kind === "alert" ? worstPriority(node) : undefined;
  if (priority !== undefined) parts.push(priority);
  if (node.isSubject) parts.push(node.kind === "alert" ? "this alert" : "caused this alert");
  if (!isActive(node, selection)) parts.push("outside the selected time range");
  return parts.filter((part) => part !== "").join(", ");
}
