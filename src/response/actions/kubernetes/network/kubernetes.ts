import type { Facts } from "../../../../transport/json.ts";
import type { Action } from "../../../action.ts";
import { textsIn } from "../../../parameters.ts";
import { podAction } from "../kubernetes-action.ts";
import { type Direction, directionsIn, policyParameters } from "./parameters.ts";
import { apply, merged, type PolicyKind, policyGrants } from "./policy.ts";
import { labelSelector, selectionOf } from "./selection.ts";

const kind: PolicyKind = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  resource: "networkpolicies",
};

const words: Readonly<Record<Direction, { readonly type: string; readonly peers: string }>> = {
  egress: { type: "Egress", peers: "to" },
  ingress: { type: "Ingress", peers: "from" },
};

/** Isolates the pods of the alert's owner. */
export const action: Action = podAction({
  name: "kubernetes:networkpolicy",
  about: "Isolates the pods of the alert's owner with a NetworkPolicy, except for the allowed traffic.",
  example: `allow_cidr: [10.0.0.0/8]
directions: [egress, ingress]`,
  continues: true,
  repeatable: true,
  parameters: policyParameters,
  grants: policyGrants(kind),
  async act(pod, task) {
    const selection = await selectionOf(pod, task);
    if ("outcome" in selection) return selection;
    const directions = directionsIn(task.parameters);
    const peers: Facts[] = [
      ...textsIn(task.parameters, "allow_cidr").map((cidr) => ({ ipBlock: { cidr } })),
      ...textsIn(task.parameters, "allow_namespaces").map((name) => ({
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
      })),
    ];
    return apply(kind, pod, selection, task, (old) => ({
      ...old, // keeps the other direction
      podSelector: labelSelector(selection),
      policyTypes: merged(
        old.policyTypes,
        directions.map((direction) => words[direction].type),
      ),
      // A rule without peers would allow all traffic.
      ...Object.fromEntries(
        directions.map((direction) => [direction, peers.length === 0 ? [] : [{ [words[direction].peers]: peers }]]),
      ),
    }));
  },
});
