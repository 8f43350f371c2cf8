import { duration, flag, text, word } from "../setting/shape.ts";

/** Keys for requests to the cluster's API server about the pods on this machine. */
export const kubernetes = {
  enabled: word(
    ["auto", "true", "false"],
    "auto",
    "Request metadata of this machine's pods from the API server if a rule or an output needs it. `auto`: in a pod with a service account, and if `kubeconfig` is set.",
    { yes: "true", on: "true", no: "false", off: "false" },
  ),
  kubeconfig: text(
    "",
    "The kubeconfig file with the address of the API server and the credentials. Default: the pod's service account.",
  ),
  context: text("", "The context in the kubeconfig file. Default: the current context."),
  node: text(
    "",
    "The name of this node. Default: `$NODE_NAME`, `$K8S_NODE_NAME`, `$FALCO_K8S_NODE_NAME`, or the host name.",
  ),
  timeout: duration("10s", "Timeout of a request to the API server."),
  patience: duration(
    "1s",
    "Maximum delay of events of a container in an unknown pod, until the pod's metadata is available. The order of the events is preserved. 0s: events are not delayed.",
  ),
  exec_patience: duration(
    "1s",
    "Maximum delay of events of a process that was started in a pod from outside (`kubectl exec`), until the audit event that names the user arrives. Applies if `sources.k8s_audit` is enabled. 0s: events are not delayed.",
  ),
  rules_resources: flag(
    false,
    "Load the rules in EyasRules resources of the cluster after the rule files; see docs/rule-resources.md.",
  ),
  namespace: text(
    "",
    "The namespace in which this node reports which EyasRules it has loaded. Default: `$POD_NAMESPACE`, or the namespace of the pod's service account.",
  ),
  lifetime: duration(
    "10m",
    "How long metadata of namespaces and services is cached. Metadata of owners is cached six times as long.",
  ),
};
