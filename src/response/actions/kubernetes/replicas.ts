import { factsOf, numberOf } from "../../../transport/json.ts";
import type { KubernetesClient } from "../../../transport/kubernetes/client.ts";
import type { Parameter } from "../../action.ts";
import type { Grant } from "./permissions.ts";
import type { Owner, Pod } from "./pod.ts";

/** Minimum number of ready replicas: `3` or `50%`. */
export const minHealthyReplicas: Parameter = {
  about:
    "Ready replicas that the pod's owner must have, including the pod: a number or a percentage of the desired replicas. If fewer replicas are ready, the pod is skipped.",
  takes: 'a number or a percentage ("2", "50%")',
  check(value) {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string") return undefined;
    const [, number = "", percent] = /^(\d{1,6})(%?)$/.exec(text) ?? [];
    return number === "" || (percent === "%" && Number(number) > 100) ? undefined : text;
  },
};

/** Kinds of owners that have replicas, with their resources. */
export const replicated: Readonly<Record<string, { readonly path: readonly string[]; readonly resource: string }>> = {
  Deployment: { path: ["apis", "apps", "v1"], resource: "deployments" },
  ReplicaSet: { path: ["apis", "apps", "v1"], resource: "replicasets" },
  StatefulSet: { path: ["apis", "apps", "v1"], resource: "statefulsets" },
  ReplicationController: { path: ["api", "v1"], resource: "replicationcontrollers" },
};

/** Permissions for reading the number of ready replicas. */
export const getReplicated: readonly Grant[] = [
  { group: "", resource: "replicationcontrollers", verbs: ["get"] },
  { group: "apps", resource: "replicasets", verbs: ["get"] },
  { group: "apps", resource: "statefulsets", verbs: ["get"] },
];

/** Returns the API path of an owner with replicas; undefined for other kinds. */
export function replicatedPath(namespace: string, { kind, name }: Owner): string[] | undefined {
  const found = Object.hasOwn(replicated, kind) ? replicated[kind] : undefined;
  if (found === undefined) return undefined;
  const { path, resource } = found;
  return [...path, "namespaces", namespace, resource, name];
}

/**
 * Returns the reason why a pod is skipped because too few replicas of its owner are ready; undefined if it is not
 * skipped.
 * @param least a value of {@link minHealthyReplicas}; empty: no minimum
 * @throws the same errors as {@link KubernetesClient.request}
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
  return `only ${ready} of ${needed} required replicas of ${owner?.kind} ${namespace}/${owner?.name} are ready`;
}
