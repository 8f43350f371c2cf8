import type { FindingKind } from "./kinds.ts";

export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];

/** An object of the cluster. */
export interface ObjectName {
  readonly kind: string;
  /** "" for objects of the whole cluster. */
  readonly namespace: string;
  readonly name: string;
}

/** A weakness that an object shows. All texts except `kind` and `severity` are names of the cluster, which are untrusted. */
export interface Finding {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** The workload, binding, service or ingress. */
  readonly object: ObjectName;
  /** "" if it is about the whole object. */
  readonly container: string;
  /** What exactly, such as the path, the capabilities or the subject. */
  readonly detail: string;
  /** Number of pods; 0 for other objects. */
  readonly pods: number;
  /** Creation of the oldest object that shows it: milliseconds since the epoch; 0: unknown. */
  readonly since: number;
  /** The last change that the API server recorded of the object: milliseconds since the epoch, and the client's name. */
  readonly written: Written | undefined;
  /** Other objects whose change can be the reason: a pod, the role of a binding. */
  readonly related: readonly ObjectName[];
}

export interface Written {
  readonly time: number;
  readonly tool: string;
}

/** Maximum characters of a text. */
const LONGEST = 300;

/** A text of the cluster, shortened. */
export function short(text: string): string {
  return text.length <= LONGEST ? text.toWellFormed() : `${text.slice(0, LONGEST - 1).toWellFormed()}…`;
}

/** The same for the same weakness of the same object. */
export function keyOf({
  kind,
  object,
  container,
  detail,
}: Pick<Finding, "kind" | "object" | "container" | "detail">): string {
  return JSON.stringify([kind, object.kind, object.namespace, object.name, container, detail]);
}

/** The most severe first, then by namespace and name. */
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
