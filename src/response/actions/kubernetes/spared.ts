import type { ActionRequest, Parameter } from "../../action.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import type { Pod } from "./pod.ts";

/** Which pods are left alone because of who owns them. */
export const spareParameters: Readonly<Record<string, Parameter>> = {
  ignore_daemonsets: flagParameter("Pods of DaemonSets are left alone.", false),
  ignore_statefulsets: flagParameter("Pods of StatefulSets are left alone.", false),
  ignore_standalone_pods: flagParameter("Pods that nobody would start again are left alone.", false),
};

/** Why a pod is left alone, whatever is said of replicas; undefined where it is not. */
export function whySpared(pod: Pod, parameters: ActionRequest["parameters"]): string | undefined {
  const { owner } = pod;
  if (isOwn(pod)) return "it is the pod that this runs in";
  if (pod.isMirror) return "a kubelet has it from a file, and would start it again";
  if (owner?.kind === "DaemonSet" && flagIn(parameters, "ignore_daemonsets")) return "it is of a DaemonSet";
  if (owner?.kind === "StatefulSet" && flagIn(parameters, "ignore_statefulsets")) return "it is of a StatefulSet";
  if (owner === undefined && flagIn(parameters, "ignore_standalone_pods")) return "nobody owns it";
  return undefined;
}

/** The manifest says who we are; of a pod without the machine's network the host name does, too. */
function isOwn({ namespace, name, facts }: Pod): boolean {
  const { KUBERNETES_SERVICE_HOST: host, POD_NAME, POD_NAMESPACE, HOSTNAME } = process.env;
  if (host === undefined || host === "") return false;
  if (POD_NAME !== undefined) return POD_NAME === name && (POD_NAMESPACE ?? namespace) === namespace;
  return HOSTNAME === name && !isOfHostNetwork(facts);
}

function isOfHostNetwork({ spec }: Pod["facts"]): boolean {
  return typeof spec === "object" && spec !== null && "hostNetwork" in spec && spec.hostNetwork === true;
}
