import { type Facts, factsOf, textOf } from "../../../../transport/json.ts";
import { isStatus } from "../../../../transport/kubernetes/error.ts";
import type { ActionResult } from "../../../action.ts";
import type { Task } from "../kubernetes-action.ts";
import type { Grant } from "../permissions.ts";
import type { Pod } from "../pod.ts";
import type { Selection } from "./selection.ts";

/** A resource of network policies. */
export interface PolicyKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
}

const MANAGED_BY = "app.kubernetes.io/managed-by";
const OURS = "eyas";
/** Attempts on a conflict with another client. */
const MAX_ATTEMPTS = 4;
const LONGEST_NAME = 253;
/** Most entries of a list in a policy; the oldest are removed. */
const MAX_ENTRIES = 500;

/** A list with more entries appended, each once. */
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

/**
 * Creates or updates the policy for pods. An existing policy that Eyas does not manage is not changed.
 * @param spec the new spec from that of the existing policy, which is empty if there is none
 * @throws as {@link KubernetesClient.request}
 */
export async function apply(
  kind: PolicyKind,
  pod: Pod,
  selection: Selection,
  task: Task,
  spec: (old: Facts) => Facts,
): Promise<ActionResult> {
  const { cluster, request, signal } = task;
  const name = `eyas-${selection.name}`.slice(0, LONGEST_NAME).replace(/[-.]+$/, "");
  const path = ["apis", kind.group, kind.version, "namespaces", pod.namespace, kind.resource];
  const what = `${kind.kind} ${pod.namespace}/${name}`;
  const made = (old: Facts): Facts => ({
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: {
      name,
      namespace: pod.namespace,
      labels: { ...selection.labels, [MANAGED_BY]: OURS },
      annotations: { "eyas/rule": request.alert.rule.toWellFormed(), "eyas/alert": request.alert.id },
    },
    spec: spec(factsOf(old.spec)),
  });
  for (let tries = 1; ; tries++) {
    try {
      const old = await existing([...path, name], task);
      if (old === undefined) {
        await cluster.request({ method: "POST", path, body: made({}), signal });
        return { outcome: "done", answer: `created ${what}` };
      }
      const metadata = factsOf(old.metadata);
      if (textOf(factsOf(metadata.labels)[MANAGED_BY]) !== OURS)
        return { outcome: "failed", reason: `${what} exists and is not managed by Eyas` };
      const changed = made(old);
      const { resourceVersion } = metadata;
      const body = { ...changed, metadata: { ...factsOf(changed.metadata), resourceVersion } };
      await cluster.request({ method: "PUT", path: [...path, name], body, signal });
      return { outcome: "done", answer: `updated ${what}` };
    } catch (error) {
      if (!isStatus(error, 409) || tries === MAX_ATTEMPTS) throw error;
    }
  }
}

async function existing(path: readonly string[], { cluster, signal }: Task): Promise<Facts | undefined> {
  try {
    return await cluster.request({ path, signal });
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
