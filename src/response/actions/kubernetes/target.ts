import type { AlertRecord } from "../../../alert/record.ts";
import { textOf } from "../../fields.ts";
import { isLabelName, isObjectName } from "./names.ts";

/** Name of a pod in an alert. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
  /** UID of the pod; empty if the alert does not contain it. */
  readonly uid: string;
  /** Time of the alert in nanoseconds since the epoch. */
  readonly time: bigint;
}

/** Fields that name a pod, in order of precedence. */
const sources = [
  { name: "k8s.pod.name", namespace: "k8s.ns.name", uid: "k8s.pod.uid" },
  { name: "k8smeta.pod.name", namespace: "k8smeta.ns.name", uid: "k8smeta.pod.uid" },
  { name: "ka.target.pod.name", namespace: "ka.target.namespace", uid: "" },
  { name: "ka.target.name", namespace: "ka.target.namespace", uid: "" },
] as const;

export type Found<T> = { readonly found: T } | { readonly missing: string };

/** Returns the alert's pod. */
export function podOf(alert: AlertRecord): Found<PodName> {
  for (const fields of sources) {
    const name = textOf(alert, fields.name);
    if (name === undefined) continue;
    if (fields.name === "ka.target.name" && (textOf(alert, "ka.target.resource") ?? "pods") !== "pods") continue;
    const namespace = textOf(alert, fields.namespace);
    if (!isObjectName(name)) return { missing: `${fields.name} is not a valid pod name` };
    if (namespace === undefined) return { missing: `the alert has no ${fields.namespace}` };
    if (!isLabelName(namespace)) return { missing: `${fields.namespace} is not a valid namespace name` };
    // In systemd cgroup names, uids contain underscores.
    const uid = (textOf(alert, fields.uid) ?? "").replaceAll("_", "-");
    return { found: { namespace, name, uid, time: alert.time } };
  }
  return { missing: "the alert has neither k8s.pod.name nor ka.target.pod.name" };
}

export function podText({ namespace, name }: Pick<PodName, "namespace" | "name">): string {
  return `pod ${namespace}/${name}`;
}

/** Describes the node of a pod by the pod, because alerts do not contain the name of the node. */
export function nodeText(pod: Pick<PodName, "namespace" | "name">): string {
  return `${NODE_OF}${podText(pod)}`;
}

const NODE_OF = "node of ";
