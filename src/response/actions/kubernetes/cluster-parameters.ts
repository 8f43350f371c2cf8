import type { Parameter } from "../../action.ts";
import { textParameter, textsParameter } from "../../parameters.ts";

/** Parameters for access to a cluster. */
export const accessParameters: Readonly<Record<string, Parameter>> = {
  kubeconfig: textParameter("A kubeconfig file. Absent: `$KUBECONFIG`, else the service account of the pod of Eyas."),
  context: textParameter("Context in the kubeconfig file. Absent: the current one."),
};

/** Parameters of all cluster actions. */
export const clusterParameters: Readonly<Record<string, Parameter>> = {
  ...accessParameters,
  protected_namespaces: textsParameter(
    "Namespaces in which nothing is changed, in addition to `responses.never.namespaces`. `*` matches any text.",
    ["kube-system", "kube-public", "kube-node-lease"],
  ),
};
