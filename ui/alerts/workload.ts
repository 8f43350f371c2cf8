import type { Alert } from "../../src/api/schemas/alert.ts";
import { idFields, mainNameField, nameFields } from "../../src/field/roles.ts";
import { valueText } from "../../ui-shared/text/value.ts";

/** Fields that name a workload, most specific first, with the prefix for the displayed value. */
const WORKLOAD_FIELDS: readonly (readonly [field: string, prefix: string])[] = [
  ...nameFields("pod").map((field) => [field, "pod "] as const),
  ...nameFields("app").map((field) => [field, "app "] as const),
  ...nameFields("task").map((field) => [field, "task "] as const),
  ...[...nameFields("container"), ...idFields("container")].map((field) => [field, ""] as const),
];
const NAMESPACE = mainNameField("namespace");

/** Returns the workload of an alert (pod, app, task or container), or the host if there is no workload. */
export function workloadOf({ fields, hostname }: Pick<Alert, "fields" | "hostname">): string {
  for (const [field, prefix] of WORKLOAD_FIELDS) {
    const value = Object.hasOwn(fields, field) ? valueText(fields[field]) : undefined;
    if (value !== undefined && value !== "" && value !== "host" && value !== "<NA>") {
      const namespace = prefix === "pod " ? valueText(fields[NAMESPACE]) : undefined;
      return `${prefix}${namespace === undefined ? "" : `${namespace}/`}${value}`;
    }
  }
  return hostname;
}

/** Returns the workload of an alert and its host. */
export function placeOf(alert: Pick<Alert, "fields" | "hostname">): string {
  const workload = workloadOf(alert);
  return workload === alert.hostname ? workload : `${workload} on ${alert.hostname}`;
}
