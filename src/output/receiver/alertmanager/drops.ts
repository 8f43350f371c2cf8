import type { Alert } from "../../../alert/alert.ts";
import { severities } from "../../../setting/severity.ts";
import { type Facts, type Field, valueText } from "../../facts.ts";
import type { AlertmanagerKeys } from "../alertmanager.ts";

type Priority = Alert["priority"];
type Keys = Pick<AlertmanagerKeys, "dropeventdefaultpriority" | "dropeventthresholds">;

/** Labels and priority of an alert with fields about dropped events (`n_drops`, `n_drops_…`, `n_evts`). */
export interface DropLabels {
  /** Labels in which a threshold replaces the number, so that similar alerts have equal labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** The remaining fields. */
  readonly fields: readonly Field[];
  /** Priority of the alert, or the priority for its number of dropped events if that is more severe. */
  readonly priority: Priority;
}

/** Computes labels and priority of an alert about dropped events, as Falcosidekick does. */
export function dropLabels({ alert, fields }: Facts, keys: Keys): DropLabels {
  if (!fields.some(({ name }) => isCount(name))) return { labels: {}, fields, priority: alert.priority };
  const labels: Record<string, string> = {};
  let { priority } = alert;
  for (const field of fields) {
    const text = valueText(field);
    if (!field.name.startsWith("n_drop") || !/^\d+$/.test(text)) continue;
    const threshold = keys.dropeventthresholds.find(({ value }) => Number(text) > value);
    labels[field.name] = threshold === undefined ? text : `>${threshold.value}`;
    const least = Number(text) === 0 ? "warning" : (threshold?.priority ?? keys.dropeventdefaultpriority);
    priority = moreSevere(priority, least);
  }
  return { labels, fields: fields.filter(({ name }) => !isCount(name)), priority };
}

function isCount(name: string): boolean {
  return name.startsWith("n_drop") || name.startsWith("n_evts");
}

function moreSevere(priority: Priority, least: (typeof severities)[number]): Priority {
  const order: readonly string[] = severities;
  return order.indexOf(priority.toLowerCase()) <= order.indexOf(least) ? priority : capital[least];
}

const capital: Readonly<Record<(typeof severities)[number], Priority>> = {
  emergency: "Emergency",
  alert: "Alert",
  critical: "Critical",
  error: "Error",
  warning: "Warning",
  notice: "Notice",
  informational: "Informational",
  debug: "Debug",
};
