import type { Task } from "./kubernetes-action.ts";
import type { Grant } from "./permissions.ts";

export const patchNodes: Grant = { group: "", resource: "nodes", verbs: ["patch"] };

/** Marks a node as unschedulable. @throws as {@link Task.cluster} */
export async function cordonNode({ cluster, signal }: Task, node: string): Promise<void> {
  await cluster.request({
    method: "PATCH",
    path: ["api", "v1", "nodes", node],
    type: "application/merge-patch+json",
    body: { spec: { unschedulable: true } },
    signal,
  });
}
