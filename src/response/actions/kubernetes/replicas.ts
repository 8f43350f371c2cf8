import { factsOf, numberOf } from "../../../transport/json.ts";
import type { KubernetesClient } from "../../../transport/kubernetes/client.ts";
import type { Parameter } from "../../action.ts";
import type { Grant } from "./permissions.ts";
import type { Owner, Pod } from "./pod.ts";

/** `3` or `50%`: how many replicas must be ready. */
export const minHealthyReplicas: Parameter = {
  about:
    "How many replicas of its owner must be ready, the pod itself counted: a number, or a percentage of those wanted. With fewer the pod is left alone.",
  takes: 'a number or a percentage ("2", "50%")',
  check(value) {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string") return undefined;
    const [, number = "", percent] = /^(\d{1,6})(%?)$/.exec(text) ?? [];
    return number === "" || (percent === "%" && Number(number) > 100) ? undefined : text;
  },
};

/** Owners that have replicas, by the resources under which the API server has them. */
export const replicated: Readonly<Record<string, { readonly path: readonly string[]; readonly resource: string }>> = {
  Deployment: { path: ["apis", "apps", "v1"], resource: "deployments" },
  ReplicaSet: { path: ["apis", "apps", "v1"], resource: "replicasets" },
  StatefulSet: { path: ["apis", "apps", "v1"], resource: "statefulsets" },
  ReplicationController: { path: ["api", "v1"], resource: "replicationcontrollers" },
};

/** To read how many replicas are ready. */
export const getReplicated: readonly Grant[] = [
  { group: "", resource: "replicationcontrollers", verbs: ["get"] },
  { group: "apps", resource: "replicasets", verbs: ["get"] },
  { group: "apps", resource: "statefulsets", verbs: ["get"] },
];

/** The path of an owner that has replicas; undefined where it has none. */
export function replicatedPath(namespace: string, { kind, name }: Owner): string[] | undefined {
  const found = Object.hasOwn(replicated, kind) ? replicated[kind] : undefined;
  if (found === undefined) return undefined;
  const { path, resource } = found;
  return [...path, "namespaces", namespace, resource, name];
}

/**
 * Why a pod is left alone: too few of its kind are ready.
 * @param least as {@link minHealthyReplicas} takes it; "" for any
 * @throws as {@link KubernetesClient.request}
 */
export async function tooFewHealthy(
  cluster: KubernetesClient,
  { owner, namespace }: Pod,
  least: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = owner && replicatedPath(namespace, owner);
  if (least === "" || path === undefined) return undefined;
  const facts = await cluster.request({ path, signal });
  const ready = numberOf(factsOf(facts.status).readyReplicas) ?? 0;
  const wanted = numberOf(factsOf(facts.spec).replicas) ?? 1;
  const number = Number(least.replace("%", ""));
  const needed = least.endsWith("%") ? Math.ceil((number / 100) * wanted) : number;
  if (ready >= needed) return undefined;
  return `only ${ready} replicas of ${owner?.kind} ${namespace}/${owner?.name} are ready, and ${needed} must be`;
}
