import type { Incident } from "../../schemas/incident.ts";
import { incidentOf } from "../incident.ts";
import { treeOfFields } from "../journal/backgrounds.ts";
import type { Alerts } from "./alerts.ts";
import type { FleetAlert } from "./document.ts";
import { closestTo, siblingsOf } from "./related.ts";

/** The incident of an alert. The process tree is derived from the fields of the alerts. */
export async function incidentAround(alerts: Alerts, alert: FleetAlert): Promise<Incident> {
  const [{ closest, more }, siblings] = await Promise.all([closestTo(alerts, alert), siblingsOf(alerts, alert)]);
  const known = new Set([alert.id, ...closest.map(([{ id }]) => id)]);
  const others = [
    ...closest.map(([other, relation]) => ({ alert: other, tree: treeOfFields(other), relation })),
    ...siblings.alerts
      .filter(({ id }) => !known.has(id))
      .map((other) => ({ alert: other, tree: treeOfFields(other), relation: "lineage" as const })),
  ];
  return incidentOf({ alert, tree: treeOfFields(alert) }, others, more || siblings.more);
}
