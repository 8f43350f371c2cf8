import type { AlertQuery } from "../../../query/ast.ts";
import { everything, type Filter } from "../../filter/filter.ts";
import { actorsOf } from "../actors.ts";
import { fieldReader, podRelations, rankOf } from "../pod-relations.ts";
import type { Related, TimelineEntry } from "../store.ts";
import { timelineEntry } from "../timeline-entry.ts";
import type { Alerts, Position } from "./alerts.ts";
import type { FleetAlert } from "./document.ts";
import { fleetQuery } from "./fleet-query.ts";

/** Maximum number of alerts in a timeline, and maximum number of alerts per relation before and after the alert. */
const MOST = 200;
const MOST_KIN = 50;
/** Time in nanoseconds within which equal PIDs are assumed to identify the same process. */
const SAME_PROCESS = 3_600_000_000_000n;

/**
 * The other alerts of the same flow, process, container and pod that are nearest in time, ordered by time, and the
 * actors of an alert.
 */
export async function timelineOf(alerts: Alerts, alert: FleetAlert): Promise<Omit<Related, "tree">> {
  const { closest, more } = await closestTo(alerts, alert);
  closest.sort(([a], [b]) => (a.isoTime < b.isoTime ? -1 : 1));
  const actors = actorsOf(
    alert,
    closest.map(([other]) => other),
  );
  const timeline = closest.map(([other, relation]) => timelineEntry(other, other.isoTime, relation));
  return { timeline, more, ...(actors && { actors }) };
}

/** Related alerts, closest first, and whether there are more. */
export async function closestTo(
  alerts: Alerts,
  alert: FleetAlert,
): Promise<{ readonly closest: (readonly [FleetAlert, TimelineEntry["relation"]])[]; readonly more: boolean }> {
  const found = new Map<string, readonly [FleetAlert, TimelineEntry["relation"]]>();
  let more = false;
  for (const [relation, filter] of relationsOf(alert)) {
    const nearest = await near(alerts, filter, { time: alert.isoTime, id: alert.id });
    for (const other of nearest.alerts) if (!found.has(other.id)) found.set(other.id, [other, relation]);
    more ||= nearest.more;
  }
  const distance = ({ time }: FleetAlert): bigint => (time < alert.time ? alert.time - time : time - alert.time);
  const closest = [...found.values()]
    .sort(([a, first], [b, second]) => rankOf(first) - rankOf(second) || Number(distance(a) - distance(b)))
    .slice(0, MOST);
  more ||= found.size > MOST;
  return { closest, more };
}

function relationsOf(alert: FleetAlert): readonly (readonly [TimelineEntry["relation"], Filter])[] {
  const field = fieldReader(alert);
  const relations: (readonly [TimelineEntry["relation"], Filter])[] = [];
  const pid = field("proc.pid");
  if (pid !== "") relations.push(["process", ofProcess(alert, pid)]);
  const flow = field("net.community_id");
  if (flow !== "") relations.push(["flow", { ...everything, condition: same("net.community_id", flow) }]);
  const container = field("container.id");
  if (container !== "" && container !== "host")
    relations.push(["container", { ...everything, condition: same("container.id", container) }]);
  for (const { relation, filter } of podRelations(alert)) relations.push([relation, filter]);
  return relations;
}

/**
 * The alerts of the parent of an alert's process, and of the other children of this parent, that are nearest in time.
 */
export async function siblingsOf(
  alerts: Alerts,
  alert: FleetAlert,
): Promise<{ readonly alerts: readonly FleetAlert[]; readonly more: boolean }> {
  const parent = fieldReader(alert)("proc.ppid");
  if (!(Number(parent) > 2)) return { alerts: [], more: false }; // all processes descend from PID 1 or 2
  return near(alerts, ofProcess(alert, parent), { time: alert.isoTime, id: alert.id });
}

/** A filter for alerts of a process of an alert's machine and of its children, at about the time of the alert. */
function ofProcess({ hostname, time }: FleetAlert, pid: string): Filter {
  const it: AlertQuery = { kind: "or", parts: [same("proc.pid", pid), same("proc.ppid", pid)] };
  const condition: AlertQuery = { kind: "and", parts: [same("hostname", hostname), it] };
  return { ...everything, condition, since: time - SAME_PROCESS, until: time + SAME_PROCESS };
}

function same(name: string, value: string): AlertQuery {
  return { kind: "test", name, operator: "=", values: [value] };
}

async function near(
  alerts: Alerts,
  filter: Filter,
  from: Position,
): Promise<{ readonly alerts: readonly FleetAlert[]; readonly more: boolean }> {
  const wanted = fleetQuery(filter, new Map());
  const found: FleetAlert[] = [];
  let more = false;
  for (const order of ["newest", "oldest"] as const)
    for await (const piece of alerts.batches(wanted, order, from, MOST_KIN)) {
      found.push(...piece.alerts);
      more ||= !piece.last;
      break;
    }
  return { alerts: found, more };
}
