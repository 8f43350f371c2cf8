import { type Facts, factsOf, listOf, textOf } from "../../../../transport/json.ts";
import type { Action } from "../../../action.ts";
import { numberIn, numberParameter } from "../../../parameters.ts";
import { denyRemoteAction } from "./deny-remote.ts";
import { allowedPeers, directionsIn } from "./parameters.ts";
import { apply, merged, type PolicyKind } from "./policy.ts";
import type { Requirement, Selection } from "./selection.ts";

export const kind: PolicyKind = {
  group: "projectcalico.org",
  version: "v3",
  kind: "NetworkPolicy",
  resource: "networkpolicies",
};

/** Denies the remote address of the connection with a Calico policy. */
export const action: Action = denyRemoteAction({
  name: "calico:networkpolicy",
  about:
    "Denies traffic between the remote address of the connection and all pods of the workload that owns the alert's pod, with a Calico NetworkPolicy.",
  example: "order: 10",
  kind,
  undoneBy: "calico:reconnect",
  parameters: { order: numberParameter("Order of the policy. Lower numbers apply first.", 0, [-1_000_000, 1_000_000]) },
  deny(remote, pod, selection, task) {
    const beside = allowedPeers(task.parameters);
    const directions = directionsIn(task.parameters);
    return apply(kind, pod, selection, task, (old) => ({
      ...old, // keeps the rules of the other direction
      order: numberIn(task.parameters, "order"),
      selector: selectorText(selection),
      types: merged(
        old.types,
        directions.map((direction) => (direction === "egress" ? "Egress" : "Ingress")),
      ),
      ...Object.fromEntries(
        directions.map((direction) => {
          const end = direction === "egress" ? "destination" : "source";
          const nets = merged(deniedIn(old, direction, end), [remote]);
          return [direction, [{ action: "Deny", [end]: { nets } }, ...allowed(end, beside)]];
        }),
      ),
    }));
  },
});

function allowed(end: string, beside: ReturnType<typeof allowedPeers>): Facts[] {
  if (beside === undefined) return [{ action: "Allow" }];
  const { networks, namespaces } = beside;
  const pods = `kubernetes.io/metadata.name in { ${quoted(namespaces)} }`;
  return [
    ...(networks.length > 0 ? [{ action: "Allow", [end]: { nets: networks } }] : []),
    ...(namespaces.length > 0 ? [{ action: "Allow", [end]: { namespaceSelector: pods } }] : []),
  ];
}

/** Networks that the policy already denies. */
function deniedIn(spec: Facts, direction: string, end: string): string[] {
  return listOf(spec[direction])
    .filter(({ action: word }) => word === "Deny")
    .flatMap((rule) => {
      const { nets } = factsOf(rule[end]);
      return Array.isArray(nets) ? nets.map(textOf) : [];
    });
}

/** Returns a Calico selector. Keys and values were validated as labels, so they contain no quotes. */
function selectorText({ labels, expressions }: Selection): string {
  return [
    ...Object.entries(labels).map(([key, value]) => `${key} == '${value}'`),
    ...expressions.map(requirementText),
  ].join(" && ");
}

function requirementText({ key, operator, values }: Requirement): string {
  if (operator === "Exists") return `has(${key})`;
  if (operator === "DoesNotExist") return `!has(${key})`;
  return `${key} ${operator === "In" ? "in" : "not in"} { ${quoted(values)} }`;
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => `'${text}'`).join(", ");
}
