import { type Facts, listOf, textOf } from "../../../../transport/json.ts";
import type { Action } from "../../../action.ts";
import { denyRemoteAction } from "./deny-remote.ts";
import { allowedPeers, type Direction, directionsIn } from "./parameters.ts";
import { apply, merged, type PolicyKind } from "./policy.ts";
import { labelSelector } from "./selection.ts";

export const kind: PolicyKind = {
  group: "cilium.io",
  version: "v2",
  kind: "CiliumNetworkPolicy",
  resource: "ciliumnetworkpolicies",
};

/** Label that Cilium sets to the namespace of a pod. */
const NAMESPACE = "k8s:io.kubernetes.pod.namespace";

interface Words {
  readonly deny: string;
  readonly networks: string;
  readonly pods: string;
  readonly entities: string;
}

const words: Readonly<Record<Direction, Words>> = {
  egress: { deny: "egressDeny", networks: "toCIDR", pods: "toEndpoints", entities: "toEntities" },
  ingress: { deny: "ingressDeny", networks: "fromCIDR", pods: "fromEndpoints", entities: "fromEntities" },
};

/** Denies the remote address of the connection with a Cilium policy. Deny rules take precedence. */
export const action: Action = denyRemoteAction({
  name: "cilium:networkpolicy",
  about:
    "Denies traffic between the remote address of the connection and all pods of the workload that owns the alert's pod, with a CiliumNetworkPolicy.",
  example: "directions: [egress, ingress]",
  kind,
  undoneBy: "cilium:reconnect",
  deny(remote, pod, selection, task) {
    const beside = allowedPeers(task.parameters);
    return apply(kind, pod, selection, task, (old) => {
      const parts = directionsIn(task.parameters).map((direction) => {
        const { deny, networks } = words[direction];
        const denied = merged(deniedIn(old, deny, networks), [remote]);
        return { [deny]: [{ [networks]: denied }], [direction]: allowed(words[direction], beside) };
      });
      return Object.assign(
        { ...old, description: "Created by Eyas.", endpointSelector: labelSelector(selection) },
        ...parts,
      );
    });
  },
});

function allowed(words: Words, beside: ReturnType<typeof allowedPeers>): Facts[] {
  if (beside === undefined) return [{ [words.entities]: ["all"] }]; // networks only match addresses outside the cluster
  const { networks, namespaces } = beside;
  const pods = [{ matchExpressions: [{ key: NAMESPACE, operator: "In", values: namespaces }] }];
  return [
    ...(networks.length > 0 ? [{ [words.networks]: networks }] : []),
    ...(namespaces.length > 0 ? [{ [words.pods]: pods }] : []),
  ];
}

/** Networks that the policy already denies. */
function deniedIn(spec: Facts, deny: string, nets: string): string[] {
  return listOf(spec[deny]).flatMap((rule) => {
    const networks = rule[nets];
    return Array.isArray(networks) ? networks.map(textOf) : [];
  });
}
