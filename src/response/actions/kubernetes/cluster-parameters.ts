import type { Parameter } from "../../action.ts";
import { textParameter, textsParameter } from "../../parameters.ts";

/** What every action on a cluster takes. */
export const clusterParameters: Readonly<Record<string, Parameter>> = {
  kubeconfig: textParameter(
    "The file that says where the API server is and who we are. Absent: `$KUBECONFIG`, else the pod's service account.",
  ),
  context: textParameter("Which of its contexts; absent: the current one."),
  protected_namespaces: textsParameter(
    "Namespaces in which nothing is touched, beside those of `responses.never.namespaces`; `*` is any text. Both must let one go.",
    ["kube-system", "kube-public", "kube-node-lease"],
  ),
};
