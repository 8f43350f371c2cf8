import type { Action } from "../../action.ts";
import { podAction } from "./kubernetes-action.ts";
import { cordonNode, patchNodes } from "./node.ts";
import { getPods } from "./permissions.ts";
import { podText } from "./target.ts";

/** Lets no new pod come to the node. */
export const action: Action = podAction({
  name: "kubernetes:cordon",
  about: "Lets no new pod come to the node of the alert's pod.",
  continues: true,
  repeatable: true,
  parameters: {},
  grants: [getPods, patchNodes],
  async act(pod, task) {
    if (pod.node === "") return { outcome: "skipped", reason: `${podText(pod)} is on no node` };
    await cordonNode(task, pod.node);
    return { outcome: "done", answer: `node ${pod.node} takes no new pods` };
  },
});
