import type { Action } from "../../../action.ts";
import { podAction } from "../kubernetes-action.ts";
import { directionsIn, peersIn, policyParameters, words } from "./parameters.ts";
import { apply, merged, type PolicyKind, policyGrants } from "./policy.ts";
import { labelSelector, selectionOf } from "./selection.ts";

export const kind: PolicyKind = {
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  resource: "networkpolicies",
};

/** Isolates all pods of the workload that owns the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:networkpolicy",
  about:
    "Isolates all pods of the workload that owns the alert's pod with a NetworkPolicy, except for the allowed traffic.",
  example: `allow_cidr: [10.0.0.0/8]
directions: [egress, ingress]`,
  continues: true,
  repeatable: true,
  skipsFailed: true,
  undoneBy: "kubernetes:reconnect",
  parameters: policyParameters,
  grants: policyGrants(kind),
  async act(pod, task) {
    const selection = await selectionOf(pod, task);
    if ("outcome" in selection) return selection;
    const directions = directionsIn(task.parameters);
    const peers = peersIn(task.parameters);
    return apply(kind, pod, selection, task, (old) => ({
      ...old, // keeps the rules of the other direction
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
