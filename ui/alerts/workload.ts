import type { Alert } from "../../src/api/schemas/alert.ts";
import { identifying, mainNameOf, naming } from "../../src/field/roles.ts";
import { valueText } from "../text/value.ts";

/** What places an alert, the narrowest first: a field and what stands before its value. */
const WORKLOAD_FIELDS: readonly (readonly [field: string, mark: string])[] = [
  ...naming("pod").map((field) => [field, "pod "] as const),
  ...naming("app").map((field) => [field, "app "] as const),
  ...naming("task").map((field) => [field, "task "] as const),
  ...[...naming("container"), ...identifying("container")].map((field) => [field, ""] as const),
];
const NAMESPACE = mainNameOf("namespace");

/** Where it happened, in a word or two: pod, app, container, else the machine. */
export function workloadOf({ fields, hostname }: Pick<Alert, "fields" | "hostname">): string {
  for (const [field, mark] of WORKLOAD_FIELDS) {
    const value = Object.hasOwn(fields, field) ? valueText(fields[field]) : undefined;
    if (value !== undefined && value !== "" && value !== "host" && value !== "<NA>") {
      const namespace = mark === "pod " ? valueText(fields[NAMESPACE]) : undefined;
      return `${mark}${namespace === undefined ? "" : `${namespace}/`}${value}`;
    }
  }
  return hostname;
}
