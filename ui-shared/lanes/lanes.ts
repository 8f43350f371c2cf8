import type { TimelineEntry } from "../../src/api/schemas/alert.ts";
import { priorities } from "../../src/rule/rule.ts";

/** An alert in a lane. The host name is empty if unknown. */
export interface LaneAlert
  extends Pick<TimelineEntry, "id" | "rule" | "priority" | "source" | "hostname" | "process" | "container"> {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly isSubject: boolean;
}

/** Kind of lanes: the property that the alerts of a lane share. */
export type LaneKind = "process" | "container" | "source";

/** Alerts that are shown in one line, oldest first. */
export interface Lane {
  readonly key: string;
  /** Untrusted; empty if the alerts have no such value. */
  readonly name: string;
  /** PID of a process, and the host name if the alerts are from several machines. Untrusted. */
  readonly detail: string;
  /** Number of lanes whose alerts this lane contains; 0 for a lane of its own. */
  readonly folded: number;
  readonly alerts: readonly LaneAlert[];
}

/** Maximum number of lanes, including the lane for the alerts of all other lanes. */
export const MAX_LANES = 20;
/** Maximum number of names of a process, which may have executed several programs. */
const MAX_NAMES = 3;

/**
 * Assigns alerts to lanes, ordered by their first alert. Beyond the maximum, the lanes with the fewest alerts are
 * folded into one at the end; the lane of the alert of the page is never folded.
 * @param alerts oldest first
 */
export function lanesOf(alerts: readonly LaneAlert[], kind: LaneKind): readonly Lane[] {
  const byKey = Map.groupBy(alerts, (alert) => keyOf(alert, kind));
  const isOneHost = new Set(alerts.map(({ hostname }) => hostname).filter((name) => name !== "")).size <= 1;
  const lanes = [...byKey].map(([key, those]) => ({
    ...{ key, alerts: those, folded: 0, name: nameOf(those, kind) },
    detail: detailOf(those, kind, isOneHost),
  }));
  if (lanes.length <= MAX_LANES) return lanes;
  const rank = ({ alerts: those }: Lane): number =>
    those.some(({ isSubject }) => isSubject) ? Number.POSITIVE_INFINITY : those.length;
  const kept = new Set(lanes.toSorted((a, b) => rank(b) - rank(a)).slice(0, MAX_LANES - 1));
  const rest = lanes.filter((lane) => !kept.has(lane));
  return [
    ...lanes.filter((lane) => kept.has(lane)),
    {
      ...{ key: "others", name: "", detail: "", folded: rest.length },
      alerts: rest.flatMap((lane) => lane.alerts).sort((a, b) => a.at - b.at),
    },
  ];
}

/** Identifies a lane. JSON, so that no name contains a separator. */
function keyOf({ hostname, process, container, source }: LaneAlert, kind: LaneKind): string {
  if (kind === "source") return JSON.stringify([source]);
  if (kind === "container") return JSON.stringify(container === undefined ? [] : [hostname, container.id]);
  if (process === undefined) return JSON.stringify([]);
  // A process that executes another program keeps its PID.
  return JSON.stringify(process.pid > 0 ? [hostname, process.pid] : [hostname, process.name]);
}

function nameOf(alerts: readonly LaneAlert[], kind: LaneKind): string {
  const names = new Set(
    alerts.map(({ process, container, source }) => {
      if (kind === "source") return source;
      if (kind === "process") return process?.name ?? "";
      return container === undefined || container.name !== "" ? (container?.name ?? "") : container.id;
    }),
  );
  const known = [...names].filter((name) => name !== "");
  return `${known.slice(0, MAX_NAMES).join(", ")}${known.length > MAX_NAMES ? ", …" : ""}`;
}

function detailOf(alerts: readonly LaneAlert[], kind: LaneKind, isOneHost: boolean): string {
  const [first] = alerts;
  if (first === undefined || kind === "source") return "";
  const pid = kind === "process" && first.process !== undefined && first.process.pid > 0 ? `${first.process.pid}` : "";
  const host = isOneHost || first[kind] === undefined ? "" : first.hostname;
  return [pid, host].filter((part) => part !== "").join(" ");
}

/** The most severe priority of alerts. */
export function worstOf(alerts: readonly LaneAlert[]): LaneAlert["priority"] {
  return priorities.find((priority) => alerts.some((alert) => alert.priority === priority)) ?? "Debug";
}
