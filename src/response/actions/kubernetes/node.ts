import { type Facts, factsOf } from "../../../transport/json.ts";
import { isStatus } from "../../../transport/kubernetes/error.ts";
import { HELD_FOR, holdsOf, withHold } from "./holds.ts";
import type { Task } from "./kubernetes-action.ts";
import type { Grant } from "./permissions.ts";
import type { Pod } from "./pod.ts";
import { onConflict } from "./retry.ts";

export const changeNodes: Grant = { group: "", resource: "nodes", verbs: ["get", "patch"] };

/**
 * Marks the node of a pod as unschedulable, and adds the pod to an annotation. If the role is from an earlier version
 * and does not allow reading nodes, no annotation is set, and the node stays unschedulable after the pod is released.
 * @returns false if the node was already unschedulable for another reason; it stays unschedulable
 * @throws the same errors as {@link Task.cluster}
 */
export function cordonNode(task: Task, pod: Pod): Promise<boolean> {
  const { cluster, signal } = task;
  const path = nodePath(pod.node);
  return onConflict(async () => {
    let facts: Facts;
    try {
      facts = await cluster.request({ path, signal });
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
      const body = { spec: { unschedulable: true } };
      await cluster.request({ method: "PATCH", path, type: "application/merge-patch+json", body, signal });
      return true;
    }
    if (isUnschedulable(facts) && holdsOf(facts).length === 0) return false;
    await patchNode(task, path, facts, withHold(facts, pod), true);
    return true;
  });
}

export function isUnschedulable({ spec }: Facts): boolean {
  return factsOf(spec).unschedulable === true;
}

export function nodePath(node: string): string[] {
  return ["api", "v1", "nodes", node];
}

/**
 * Patches a node. Fails if the node has changed since it was read.
 * @param holds value of the annotation; null removes it
 */
export async function patchNode(
  { cluster, signal }: Task,
  path: readonly string[],
  facts: Facts,
  holds: string | null,
  unschedulable: boolean | null,
): Promise<void> {
  const { uid, resourceVersion } = factsOf(facts.metadata);
  await cluster.request({
    method: "PATCH",
    path,
    type: "application/merge-patch+json",
    body: { metadata: { uid, resourceVersion, annotations: { [HELD_FOR]: holds } }, spec: { unschedulable } },
    signal,
  });
}
