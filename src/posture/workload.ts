import { at, type Facts, listOf, textAt, textOf } from "../transport/json.ts";
import { type ObjectName, short } from "./finding.ts";
import { nameOf } from "./metadata.ts";

/**
 * The workload of a pod. Pods only state their controller, so the Deployment of a ReplicaSet and the CronJob of a Job
 * are derived from the names that their controllers generate.
 */
export function workloadOf(pod: Facts): ObjectName {
  const { namespace } = nameOf("Pod", pod);
  const owner = listOf(at(pod, "metadata", "ownerReferences")).find(({ controller }) => controller === true);
  if (owner === undefined) return nameOf("Pod", pod);
  const [kind, name] = [short(textOf(owner.kind)), short(textOf(owner.name))];
  // The mirror pod of a static pod, whose name ends with the name of the node.
  if (kind === "Node") return { kind: "Pod", namespace, name: withoutEnd(nameOf("Pod", pod).name, `-${name}`) };
  const hash = textAt(pod, "metadata", "labels", "pod-template-hash");
  if (kind === "ReplicaSet" && hash !== "" && name.endsWith(`-${hash}`))
    return { kind: "Deployment", namespace, name: withoutEnd(name, `-${hash}`) };
  const [, scheduled] = (kind === "Job" ? CRON : NEVER).exec(name) ?? [];
  return scheduled === undefined ? { kind, namespace, name } : { kind: "CronJob", namespace, name: scheduled };
}

/** Name of a Job that a CronJob created. It ends with the scheduled time in minutes since the epoch. */
const CRON = /^(.+)-\d{8}$/;
const NEVER = /(?!)/;

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) && text.length > end.length ? text.slice(0, -end.length) : text;
}
