import { duration, text, word } from "../setting/shape.ts";

/** How the API server of a cluster is asked about the pods of this machine. */
export const kubernetes = {
  enabled: word(
    ["auto", "true", "false"],
    "auto",
    "Ask the API server about this machine's pods, where a rule or an output has use for it. `auto`: in a pod with a service account, and where `kubeconfig` is set.",
    { yes: "true", on: "true", no: "false", off: "false" },
  ),
  kubeconfig: text("", "The file that says where the API server is and who we are. Absent: the pod's service account."),
  context: text("", "Which of its contexts; absent: the current one."),
  node: text(
    "",
    "The name of this node. Absent: `$NODE_NAME`, `$K8S_NODE_NAME` or `$FALCO_K8S_NODE_NAME`, else the machine's name.",
  ),
  timeout: duration("10s", "How long the API server may take for an answer."),
  patience: duration(
    "1s",
    "How long the events of a container of an unknown pod wait, in their order, for what the API server says of it; 0s: not at all.",
  ),
  exec_patience: duration(
    "1s",
    "How long the events of a process that was started from outside in a pod wait for the audit event that says by whom, where rules ask for `k8s.exec.*` and `sources.k8s_audit` is on; 0s: not at all.",
  ),
  lifetime: duration(
    "10m",
    "How long it is believed what namespaces and services were like; what is said of owners, six times as long.",
  ),
};
