import { type Facts, factsOf, listOf, textOf } from "../../../transport/json.ts";
import { listPages } from "../../../transport/kubernetes/list.ts";
import type { Action, ActionResult } from "../../action.ts";
import { isHeldFor, withoutHold } from "./holds.ts";
import { clusterAction, type Task } from "./kubernetes-action.ts";
import { isUnschedulable, nodePath, patchNode } from "./node.ts";
import { onConflict } from "./retry.ts";
import { nodeText, type PodName, podOf, podText } from "./target.ts";

/** Uncordons a node that Eyas cordoned. */
export const action: Action = clusterAction<PodName>({
  name: "kubernetes:uncordon",
  about:
    "Uncordons the node that `kubernetes:cordon` or `kubernetes:drain` cordoned because of the alert's pod. The node stays cordoned if it was also cordoned because of other pods. A node that Eyas did not cordon is not changed.",
  example: "",
  continues: true,
  repeatable: true,
  parameters: {},
  grants: [{ group: "", resource: "nodes", verbs: ["list", "get", "patch"] }],
  find: podOf,
  describe: nodeText,
  namespace: ({ namespace }) => namespace,
  async act(pod, task) {
    const node = await nodeHeldFor(pod, task);
    if (node === "") return { outcome: "skipped", reason: `Eyas has cordoned no node for ${podText(pod)}` };
    return onConflict(() => release(node, pod, task));
  },
});

/**
 * Returns the name of the node that was cordoned because of a pod; empty if there is none. The pod may no longer exist.
 */
async function nodeHeldFor(pod: PodName, { cluster, signal }: Task): Promise<string> {
  for await (const page of listPages(cluster.request, { path: ["api", "v1", "nodes"], signal })) {
    const found = listOf(page.items).find((facts) => isHeldFor(facts, pod));
    if (found !== undefined) return textOf(factsOf(found.metadata).name);
  }
  return "";
}

async function release(node: string, pod: PodName, task: Task): Promise<ActionResult> {
  const path = nodePath(node);
  const facts: Facts = await task.cluster.request({ path, signal: task.signal });
  if (!isHeldFor(facts, pod)) return { outcome: "skipped", reason: `node ${node} was uncordoned in the meantime` };
  const left = withoutHold(facts, pod);
  if (left !== undefined) {
    await patchNode(task, path, facts, left, isUnschedulable(facts));
    return { outcome: "done", answer: `node ${node} stays cordoned because of other pods` };
  }
  const wasCordoned = isUnschedulable(facts);
  await patchNode(task, path, facts, null, null);
  return wasCordoned
    ? { outcome: "done", answer: `uncordoned node ${node}` }
    : { outcome: "skipped", reason: `node ${node} is not cordoned` };
}
