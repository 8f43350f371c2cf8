import type { Path } from "../../transport/kubernetes/path.ts";

/** API group and version of the resources in deploy/kubernetes/rule-resources.yaml. */
export const RULES_GROUP = "rules.eyas";
export const RULES_VERSION = "v1alpha1";

/** Path of the EyasRules resources of the cluster. */
export const EYAS_RULES: Path = ["apis", RULES_GROUP, RULES_VERSION, "eyasrules"];

/** Path of the reports of nodes in a namespace. */
export function reportsIn(namespace: string): Path {
  return ["apis", RULES_GROUP, RULES_VERSION, "namespaces", namespace, "eyasrulesreports"];
}
