import type { Action } from "../../action.ts";
import { podAction } from "./kubernetes-action.ts";
import { cordonNode, patchNodes } from "./node.ts";
import { getPods } from "./permissions.ts";
import { podText } from "./target.ts";

/** Cordons the node of the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:cordon",
  about: "Cordons the node of the alert's pod: no new pods are scheduled to it.",
  example: "",
  continues: true,
  repeatable: true,
  ofNode: () => true,
  parameters: {},
  grants: [getPods, patchNodes],
  async act(pod, task) {
    if (pod.node === "") return { outcome: "skipped", reason: `${podText(pod)} is not scheduled to a node` };
    await cordonNode(task, pod.node);
    return { outcome: "done", answer: `cordoned node ${pod.node}` };
  },
});
