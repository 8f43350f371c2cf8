import type { FindingKind } from "./kinds.ts";

export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];

/** Identifies an object of the cluster. */
export interface ObjectName {
  readonly kind: string;
  /** Namespace of the object; "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** A weakness of an object. All strings except `kind` and `severity` come from the cluster and are untrusted. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** The workload, binding, service or ingress that has the weakness. */
  readonly object: ObjectName;
  /** Name of the container; "" if the finding is about the whole object. */
  readonly container: string;
  /** Details, such as the path, the capabilities or the subject. */
  readonly detail: string;
  /** Number of affected pods; 0 for objects other than workloads. */
  readonly pods: number;
  /** Creation time of the oldest affected object, in milliseconds since the epoch; 0 if unknown. */
  readonly since: number;
  /** The last change to the object, as recorded by the API server. */
  readonly written: Written | undefined;
  /** Other objects that may have caused the weakness: a pod, or the role of a binding. */
  readonly related: readonly ObjectName[];
}

export interface Written {
  /** Time of the change, in milliseconds since the epoch. */
  readonly time: number;
  /** Name of the client that made the change, from its field manager. */
  readonly tool: string;
}

/** Maximum length of a string from the cluster, in characters. */
const LONGEST = 300;

/** Shortens a string from the cluster. */
export function short(text: string): string {
  return text.length <= LONGEST ? text.toWellFormed() : `${text.slice(0, LONGEST - 1).toWellFormed()}…`;
}

/** Returns a key that identifies a finding. The same weakness of the same object always has the same key. */
export function keyOf({
  kind,
  object,
  container,
  detail,
}: Pick<Finding, "kind" | "object" | "container" | "detail">): string {
  return JSON.stringify([kind, object.kind, object.namespace, object.name, container, detail]);
}

/** Orders findings by severity, most severe first, then by namespace and name. */
export function compare(one: Finding, other: Finding): number {
  return (
    severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
    order(one.object.namespace, other.object.namespace) ||
    order(one.object.name, other.object.name) ||
    order(keyOf(one), keyOf(other))
  );
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
