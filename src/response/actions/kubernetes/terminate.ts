import { isStatus } from "../../../transport/kubernetes/error.ts";
import { podPath } from "../../../transport/kubernetes/path.ts";
import type { Action } from "../../action.ts";
import { numberIn, numberParameter, textIn } from "../../parameters.ts";
import { podAction } from "./kubernetes-action.ts";
import { getPods } from "./permissions.ts";
import { getReplicated, minHealthyReplicas, tooFewHealthy } from "./replicas.ts";
import { spareParameters, whySpared } from "./spared.ts";
import { podText } from "./target.ts";

/** Deletes the pod. */
export const action: Action = podAction({
  name: "kubernetes:terminate",
  about: "Deletes the pod of the alert.",
  continues: false,
  repeatable: true, // the uid says which: a second try finds it gone
  parameters: {
    grace_period_seconds: numberParameter("Seconds that its processes get to end; 0: none.", 0, [0, 86_400]),
    min_healthy_replicas: minHealthyReplicas,
    ...spareParameters,
  },
  grants: [{ ...getPods, verbs: ["get", "delete"] }, ...getReplicated],
  async act(pod, { cluster, parameters, signal }) {
    const reason =
      whySpared(pod, parameters) ??
      (await tooFewHealthy(cluster, pod, textIn(parameters, "min_healthy_replicas"), signal));
    if (reason !== undefined) return { outcome: "skipped", reason };
    const grace = numberIn(parameters, "grace_period_seconds");
    try {
      await cluster.request({
        method: "DELETE",
        path: podPath(pod),
        body: {
          apiVersion: "v1",
          kind: "DeleteOptions",
          gracePeriodSeconds: grace,
          preconditions: { uid: pod.uid },
        },
        signal,
      });
    } catch (error) {
      if (isStatus(error, 404, 409)) return { outcome: "skipped", reason: `${podText(pod)} is gone by now` };
      throw error;
    }
    return { outcome: "done", answer: `${podText(pod)} (uid ${pod.uid}) is deleted with ${grace} s of grace` };
  },
});
