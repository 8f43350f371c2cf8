import { createHash } from "node:crypto";
import { type Facts, factsOf, textOf } from "../../../../transport/json.ts";
import { isStatus } from "../../../../transport/kubernetes/error.ts";
import type { ActionResult } from "../../../action.ts";
import { HELD_FOR, withHold } from "../holds.ts";
import type { Task } from "../kubernetes-action.ts";
import type { Grant } from "../permissions.ts";
import type { Pod } from "../pod.ts";
import { onConflict } from "../retry.ts";
import type { Selection } from "./selection.ts";

/** API resource of a kind of network policy. */
export interface PolicyKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
}

const MANAGED_BY = "app.kubernetes.io/managed-by";
const OURS = "eyas";
const LONGEST_NAME = 253;
/** Maximum number of entries of a list in a policy. The oldest are removed. */
const MAX_ENTRIES = 500;

/** Appends entries to a list without duplicates. */
export function merged(old: unknown, more: readonly string[]): string[] {
  const before = Array.isArray(old) ? old.map(textOf).filter((each) => !more.includes(each)) : [];
  return [...new Set(before), ...more].slice(-MAX_ENTRIES);
}

export function policyGrants({ group, resource }: PolicyKind): Grant[] {
  return [
    { group: "", resource: "pods", verbs: ["get"] },
    { group: "apps", resource: "daemonsets", verbs: ["get"] },
    { group: "apps", resource: "replicasets", verbs: ["get"] },
    { group: "apps", resource: "statefulsets", verbs: ["get"] },
    { group, resource, verbs: ["get", "create", "update"] },
  ];
}

/** Name of a policy that Eyas manages. */
export interface PolicyName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Returns the name of the policy that selects an owner's pods. It contains the kind of the owner, because owners of
 * different kinds can have the same name, such as a Deployment and a StatefulSet.
 */
export function policyName(namespace: string, { kind, name }: Pick<Selection, "kind" | "name">): PolicyName {
  const full = `eyas-${kind.toLowerCase().replace(/[^a-z0-9]/g, "")}-${name}`;
  return { namespace, name: full.length > LONGEST_NAME ? shortened(full) : full };
}

/** Shortens a name so that it still differs from others with the same beginning. */
function shortened(name: string): string {
  const HASH_LENGTH = 16;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH_LENGTH);
  return `${name.slice(0, LONGEST_NAME - HASH_LENGTH - 1).replace(/[-.]+$/, "")}-${hash}`;
}

export function policyPath({ group, version, resource }: PolicyKind, namespace: string): string[] {
  return ["apis", group, version, "namespaces", namespace, resource];
}

/** Whether a policy has the label that marks it as managed by Eyas. */
export function isOurs(facts: Facts): boolean {
  return textOf(factsOf(factsOf(facts.metadata).labels)[MANAGED_BY]) === OURS;
}

/**
 * Creates or updates the policy for the selected pods.
 * @param spec computes the new spec from the current one, which is empty if the policy does not exist
 * @throws the same errors as {@link KubernetesClient.request}
 */
export function apply(
  kind: PolicyKind,
  pod: Pod,
  selection: Selection,
  task: Task,
  spec: (old: Facts) => Facts,
): Promise<ActionResult> {
  const held = (old: Facts): Facts => ({ [HELD_FOR]: withHold(old, pod) });
  return applyPolicy(kind, policyName(pod.namespace, selection), task, {
    labels: selection.labels,
    annotations: held,
    spec,
  });
}

/** Functions and values from which the content of a policy is computed. */
interface Content {
  readonly labels?: Readonly<Record<string, string>>;
  annotations?(old: Facts): Facts;
  spec(old: Facts): Facts;
}

/**
 * Creates or updates a policy. Does not change an existing policy that Eyas does not manage.
 * @throws the same errors as {@link KubernetesClient.request}
 */
export function applyPolicy(kind: PolicyKind, policy: PolicyName, task: Task, content: Content): Promise<ActionResult> {
  const { cluster, request, signal } = task;
  const { namespace, name } = policy;
  const path = policyPath(kind, namespace);
  const what = `${kind.kind} ${namespace}/${name}`;
  const made = (old: Facts): Facts => ({
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: {
      name,
      namespace,
      labels: { ...content.labels, [MANAGED_BY]: OURS },
      annotations: {
        "eyas/rule": request.alert.rule.toWellFormed(),
        "eyas/alert": request.alert.id,
        ...content.annotations?.(old),
      },
    },
    spec: content.spec(factsOf(old.spec)),
  });
  return onConflict(async () => {
    const old = await existing([...path, name], task);
    if (old === undefined) {
      await cluster.request({ method: "POST", path, body: made({}), signal });
      return { outcome: "done", answer: `created ${what}` };
    }
    if (!isOurs(old)) return { outcome: "failed", reason: `${what} exists and is not managed by Eyas` };
    const changed = made(old);
    const { resourceVersion } = factsOf(old.metadata);
    const body = { ...changed, metadata: { ...factsOf(changed.metadata), resourceVersion } };
    await cluster.request({ method: "PUT", path: [...path, name], body, signal });
    return { outcome: "done", answer: `updated ${what}` };
  });
}

/**
 * Deletes a policy unless it has changed since it was read.
 * @throws the same errors as {@link KubernetesClient.request}
 */
export async function deletePolicy(kind: PolicyKind, policy: PolicyName, facts: Facts, task: Task): Promise<void> {
  const { uid, resourceVersion } = factsOf(facts.metadata);
  const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
  const path = [...policyPath(kind, policy.namespace), policy.name];
  await task.cluster.request({ method: "DELETE", path, body, signal: task.signal });
}

/**
 * Reads a policy; undefined if it does not exist.
 * @throws the same errors as {@link KubernetesClient.request}
 */
export async function existing(path: readonly string[], { cluster, signal }: Task): Promise<Facts | undefined> {
  try {
    return await cluster.request({ path, signal });
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
