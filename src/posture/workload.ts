import { at, type Facts, listOf, textAt, textOf } from "../transport/json.ts";
import { type ObjectName, short } from "./finding.ts";
import { nameOf } from "./metadata.ts";

/**
 * The workload of a pod. Pods state only their controller: the Deployment of a ReplicaSet and the CronJob of a Job follow from the
 * names that their controllers give.
 */
export function workloadOf(pod: Facts): ObjectName {
  const { namespace } = nameOf("Pod", pod);
  const owner = listOf(at(pod, "metadata", "ownerReferences")).find(({ controller }) => controller === true);
  if (owner === undefined) return nameOf("Pod", pod);
  const [kind, name] = [short(textOf(owner.kind)), short(textOf(owner.name))];
  // The mirror of a static pod: its name ends with that of the node.
  if (kind === "Node") return { kind: "Pod", namespace, name: withoutEnd(nameOf("Pod", pod).name, `-${name}`) };
  const hash = textAt(pod, "metadata", "labels", "pod-template-hash");
  if (kind === "ReplicaSet" && hash !== "" && name.endsWith(`-${hash}`))
    return { kind: "Deployment", namespace, name: withoutEnd(name, `-${hash}`) };
  const [, scheduled] = (kind === "Job" ? CRON : NEVER).exec(name) ?? [];
  return scheduled === undefined ? { kind, namespace, name } : { kind: "CronJob", namespace, name: scheduled };
}

/** The name of a Job of a CronJob ends with the minute of its schedule since the epoch. */
const CRON = /^(.+)-\d{8}$/;
const NEVER = /(?!)/;

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) && text.length > end.length ? text.slice(0, -end.length) : text;
}
