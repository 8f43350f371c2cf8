import type { Alert } from "../../../alert/alert.ts";
import { severities } from "../../../setting/severity.ts";
import { type Facts, type Field, valueText } from "../../facts.ts";
import type { AlertmanagerKeys } from "../alertmanager.ts";

type Priority = Alert["priority"];
type Keys = Pick<AlertmanagerKeys, "dropeventdefaultpriority" | "dropeventthresholds">;

/** The labels and the priority of an alert with fields about dropped events (`n_drops`, `n_drops_…`, `n_evts`). */
export interface DropLabels {
  /** Labels with a threshold in place of a number, so that alerts of one kind have equal labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** The other fields. */
  readonly fields: readonly Field[];
  /** The priority of the alert, or a more severe one. */
  readonly priority: Priority;
}

/** Labels and priority of an alert about dropped events, as in Falcosidekick. */
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
