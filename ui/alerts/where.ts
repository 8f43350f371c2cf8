import type { Alert } from "../api/types.ts";
import { valueText } from "../text/value.ts";

/** What places an alert, the narrowest first: a field and what stands before its value. */
const PLACES: readonly (readonly [field: string, mark: string])[] = [
  ["k8s.pod.name", "pod "],
  ["cf.app.name", "app "],
  ["marathon.app.id", "app "],
  ["mesos.task.name", "task "],
  ["container.name", ""],
  ["container.id", ""],
];

/** Where it happened, in a word or two: pod, app, container, else the machine. */
export function whereOf({ fields, hostname }: Pick<Alert, "fields" | "hostname">): string {
  for (const [field, mark] of PLACES) {
    const value = Object.hasOwn(fields, field) ? valueText(fields[field]) : undefined;
    if (value !== undefined && value !== "" && value !== "host" && value !== "<NA>") {
      const namespace = field === "k8s.pod.name" ? valueText(fields["k8s.ns.name"]) : undefined;
      return `${mark}${namespace === undefined ? "" : `${namespace}/`}${value}`;
    }
  }
  return hostname;
}
