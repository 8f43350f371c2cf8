import type { Facts } from "../../../../transport/json.ts";
import type { ActionRequest, Parameter } from "../../../action.ts";
import { textsIn } from "../../../parameters.ts";
import { choicesParameter } from "../choice.ts";
import { namespacesParameter, networksParameter } from "./addresses.ts";

export type Direction = "egress" | "ingress";

/** Parameters of all network policies. */
export const policyParameters: Readonly<Record<string, Parameter>> = {
  allow_cidr: networksParameter("Networks that remain reachable."),
  allow_namespaces: namespacesParameter("Namespaces whose pods remain reachable."),
  directions: choicesParameter("Directions of connections.", ["egress", "ingress"], ["egress"]),
};

export function directionsIn(parameters: ActionRequest["parameters"]): readonly Direction[] {
  return textsIn(parameters, "directions").filter((each) => each === "egress" || each === "ingress");
}

/**
 * Returns the peers with which traffic stays allowed; undefined if the rule sets none, in which case all other traffic
 * stays allowed.
 */
export function allowedPeers(
  parameters: ActionRequest["parameters"],
): { readonly networks: readonly string[]; readonly namespaces: readonly string[] } | undefined {
  if (parameters.allow_cidr === undefined && parameters.allow_namespaces === undefined) return undefined;
  return { networks: textsIn(parameters, "allow_cidr"), namespaces: textsIn(parameters, "allow_namespaces") };
}

/** Policy type and key of the peers in a Kubernetes NetworkPolicy, by direction. */
export const words: Readonly<Record<Direction, { readonly type: string; readonly peers: string }>> = {
  egress: { type: "Egress", peers: "to" },
  ingress: { type: "Ingress", peers: "from" },
};

/** Returns the allowed peers as in a Kubernetes NetworkPolicy. */
export function peersIn(parameters: ActionRequest["parameters"]): Facts[] {
  return [
    ...textsIn(parameters, "allow_cidr").map((cidr) => ({ ipBlock: { cidr } })),
    ...textsIn(parameters, "allow_namespaces").map((name) => ({
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
    })),
  ];
}
