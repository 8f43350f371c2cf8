import type { Action } from "../../action.ts";
import { podAction } from "./kubernetes-action.ts";
import { changeNodes, cordonNode } from "./node.ts";
import { getPods } from "./permissions.ts";
import { podText } from "./target.ts";

/** Cordons the node of the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:cordon",
  about:
    "Cordons the node of the alert's pod: no new pods are scheduled to it. A node that is already cordoned is skipped. `kubernetes:uncordon` reverts the action.",
  example: "",
  continues: true,
  repeatable: true,
  skipsFailed: true,
  undoneBy: "kubernetes:uncordon",
  ofNode: () => true,
  parameters: {},
  grants: [getPods, changeNodes],
  async act(pod, task) {
    const { node } = pod;
    if (node === "") return { outcome: "skipped", reason: `${podText(pod)} is not scheduled to a node` };
    return (await cordonNode(task, pod))
      ? { outcome: "done", answer: `cordoned node ${node}` }
      : { outcome: "skipped", reason: `node ${node} is already cordoned` };
  },
});
