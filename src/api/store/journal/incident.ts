import { notFound } from "../../api-error.ts";
import type { Incident } from "../../schemas/incident.ts";
import { type IncidentMember, incidentOf, MAX_INCIDENT_ALERTS } from "../incident.ts";
import type { Connection } from "./connection.ts";
import { closestTo } from "./related.ts";

/** Maximum time between an alert and alerts of other descendants of its ancestors, in nanoseconds. */
const SPAN = 3_600_000_000_000n;

/**
 * The incident of an alert: related alerts, and alerts of the family of its process within an hour.
 * @throws ApiError
 */
export function incidentAround(connection: Connection, seq: number): Incident {
  const { search, backgrounds, family } = connection;
  const alert = search.alert(seq);
  if (alert === undefined) throw notFound("Alert not found in the journal.");
  const related = closestTo(connection, alert);
  const others: IncidentMember[] = related.others.map(({ other, relation }) => ({
    alert: other,
    tree: backgrounds.tree(other),
    relation,
  }));
  const known = new Set(others.map(({ alert: other }) => other.seq));
  const relatives = family.alertsOf(seq, MAX_INCIDENT_ALERTS);
  for (const number of relatives.numbers) {
    if (known.has(number)) continue;
    const other = search.alert(number);
    if (other === undefined || distance(other.time, alert.time) > SPAN) continue;
    others.push({ alert: other, tree: backgrounds.tree(other), relation: "lineage" });
  }
  return incidentOf({ alert, tree: backgrounds.tree(alert) }, others, related.more || relatives.more);
}

function distance(a: bigint, b: bigint): bigint {
  return a < b ? b - a : a - b;
}
