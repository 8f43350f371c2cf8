import { isStatus } from "../../../transport/kubernetes/error.ts";
import { podPath } from "../../../transport/kubernetes/path.ts";
import type { Action } from "../../action.ts";
import { numberIn, numberParameter, textIn } from "../../parameters.ts";
import { podAction } from "./kubernetes-action.ts";
import { getPods } from "./permissions.ts";
import { getReplicated, minHealthyReplicas, tooFewHealthy } from "./replicas.ts";
import { skipParameters, whySkipped } from "./skip.ts";
import { podText } from "./target.ts";

/** Deletes the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:terminate",
  about: "Deletes the alert's pod.",
  example: `grace_period_seconds: 5
min_healthy_replicas: 50%`,
  continues: false,
  repeatable: true, // addressed by UID, so a second attempt cannot delete another pod
  skipsFailed: true,
  parameters: {
    grace_period_seconds: numberParameter("Grace period in seconds; 0: no grace period.", 0, [0, 86_400]),
    min_healthy_replicas: minHealthyReplicas,
    ...skipParameters,
  },
  grants: [{ ...getPods, verbs: ["get", "delete"] }, ...getReplicated],
  async act(pod, { cluster, parameters, signal }) {
    const reason =
      whySkipped(pod, parameters) ??
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
      if (isStatus(error, 404, 409)) return { outcome: "skipped", reason: `${podText(pod)} no longer exists` };
      throw error;
    }
    return { outcome: "done", answer: `deleted ${podText(pod)} (UID ${pod.uid}) with a grace period of ${grace} s` };
  },
});
