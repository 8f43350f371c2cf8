import { at, type Facts, listOf, textAt, textOf } from "../transport/json.ts";
import { type ObjectName, short } from "./finding.ts";
import { nameOf } from "./metadata.ts";

/**
 * Returns the workload of a pod. A pod contains only the name of its controller, so the Deployment of a ReplicaSet and
 * the CronJob of a Job are derived from the names of the ReplicaSet and the Job.
 */
export function workloadOf(pod: Facts): ObjectName {
  const { namespace } = nameOf("Pod", pod);
  const owner = listOf(at(pod, "metadata", "ownerReferences")).find(({ controller }) => controller === true);
  if (owner === undefined) return nameOf("Pod", pod);
  const [kind, name] = [short(textOf(owner.kind)), short(textOf(owner.name))];
  // The name of a mirror pod, which represents a static pod, ends with the name of the node.
  if (kind === "Node") return { kind: "Pod", namespace, name: withoutEnd(nameOf("Pod", pod).name, `-${name}`) };
  const hash = textAt(pod, "metadata", "labels", "pod-template-hash");
  if (kind === "ReplicaSet" && hash !== "" && name.endsWith(`-${hash}`))
    return { kind: "Deployment", namespace, name: withoutEnd(name, `-${hash}`) };
  const [, scheduled] = (kind === "Job" ? CRON : NEVER).exec(name) ?? [];
  return scheduled === undefined ? { kind, namespace, name } : { kind: "CronJob", namespace, name: scheduled };
}

/**
 * Matches the name of a Job that a CronJob created. The name ends with the scheduled time, in minutes since the epoch.
 * Only minutes from 2017 to 2046 match, because other names of Jobs end with a date, such as 20261128.
 */
const CRON = /^(.+)-(?:2[5-9]|3\d)\d{6}$/;
const NEVER = /(?!)/;

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) && text.length > end.length ? text.slice(0, -end.length) : text;
}
