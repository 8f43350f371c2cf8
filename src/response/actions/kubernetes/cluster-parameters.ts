import type { Parameter } from "../../action.ts";
import { textParameter, textsParameter } from "../../parameters.ts";

/** Parameters for access to a cluster. */
export const accessParameters: Readonly<Record<string, Parameter>> = {
  kubeconfig: textParameter("A kubeconfig file. Default: `$KUBECONFIG`, or the service account of the Eyas pod."),
  context: textParameter("Context in the kubeconfig file. Default: the current context."),
};

/** Parameters of all cluster actions. */
export const clusterParameters: Readonly<Record<string, Parameter>> = {
  ...accessParameters,
  protected_namespaces: textsParameter(
    "Namespaces in which no objects are changed, in addition to `responses.never.namespaces`. `*` matches any text.",
    ["kube-system", "kube-public", "kube-node-lease"],
  ),
};
