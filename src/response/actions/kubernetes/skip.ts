import type { ActionRequest, Parameter } from "../../action.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import type { Pod } from "./pod.ts";

/** Parameters for skipping pods by owner. */
export const skipParameters: Readonly<Record<string, Parameter>> = {
  ignore_daemonsets: flagParameter("Skip pods of DaemonSets.", false),
  ignore_statefulsets: flagParameter("Skip pods of StatefulSets.", false),
  ignore_standalone_pods: flagParameter(
    "Skip pods without an owner, because no controller would recreate them.",
    false,
  ),
};

/** Returns the reason why a pod is skipped; undefined if it is not. */
export function whySkipped(pod: Pod, parameters: ActionRequest["parameters"]): string | undefined {
  const { owner } = pod;
  if (isOwn(pod)) return "it is the pod in which Eyas runs";
  if (pod.isMirror) return "it is a static pod, which its kubelet would restart";
  if (owner?.kind === "DaemonSet" && flagIn(parameters, "ignore_daemonsets")) return "it belongs to a DaemonSet";
  if (owner?.kind === "StatefulSet" && flagIn(parameters, "ignore_statefulsets")) return "it belongs to a StatefulSet";
  if (owner === undefined && flagIn(parameters, "ignore_standalone_pods")) return "it has no owner";
  return undefined;
}

/**
 * Whether Eyas runs in this pod. Compares `POD_NAME` if the manifest sets it; otherwise the host name, which is the
 * name of the pod unless the pod uses the host network.
 */
function isOwn({ namespace, name, facts }: Pod): boolean {
  const { KUBERNETES_SERVICE_HOST: host, POD_NAME, POD_NAMESPACE, HOSTNAME } = process.env;
  if (host === undefined || host === "") return false;
  if (POD_NAME !== undefined) return POD_NAME === name && (POD_NAMESPACE ?? namespace) === namespace;
  return HOSTNAME === name && !isOfHostNetwork(facts);
}

function isOfHostNetwork({ spec }: Pod["facts"]): boolean {
  return typeof spec === "object" && spec !== null && "hostNetwork" in spec && spec.hostNetwork === true;
}
