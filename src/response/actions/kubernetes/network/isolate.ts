import type { Facts } from "../../../../transport/json.ts";
import { factsOf, listOf, textOf } from "../../../../transport/json.ts";
import { listPages } from "../../../../transport/kubernetes/list.ts";
import type { Action, ActionRequest } from "../../../action.ts";
import { choiceParameter, textIn } from "../../../parameters.ts";
import { requestFields, whyFailed } from "../audited-request.ts";
import { choicesParameter } from "../choice.ts";
import { clusterAction, type Task } from "../kubernetes-action.ts";
import { ownAccount, reviewSelf } from "../own-account.ts";
import { isolationOf, namespaceOf, namespaceText } from "./isolation.ts";
import { kind } from "./kubernetes.ts";
import { directionsIn, peersIn, policyParameters, words } from "./parameters.ts";
import { applyPolicy, policyPath } from "./policy.ts";

/** Isolates the alert's namespace. */
export const action: Action = clusterAction<string>({
  name: "kubernetes:isolate",
  about:
    "Isolates all pods of the alert's namespace with a NetworkPolicy, except for the allowed traffic. Policies are additive: traffic that other policies in the namespace allow remains allowed, and the result contains the number of these policies. Pods in the host network are not isolated. The namespace of Eyas and namespaces of failed requests are not isolated. `kubernetes:unisolate` reverts the action.",
  example: "allow_cidr: [10.0.0.0/8]\nallow_namespaces: [monitoring]\ndns: none",
  continues: true,
  repeatable: true,
  undoneBy: "kubernetes:unisolate",
  parameters: {
    ...policyParameters,
    directions: choicesParameter("Directions of connections.", ["egress", "ingress"], ["egress", "ingress"]),
    dns: choiceParameter(
      "DNS servers that remain reachable: the servers of the cluster (`cluster`: pods of kube-system with the label `k8s-app: kube-dns`), port 53 of every address (`any`), or `none`. Data can be exfiltrated through DNS.",
      ["cluster", "any", "none"],
      "cluster",
    ),
  },
  fields: requestFields,
  grants: [reviewSelf, { group: kind.group, resource: kind.resource, verbs: ["list", "get", "create", "update"] }],
  find: namespaceOf,
  describe: namespaceText,
  namespace: (name) => name,
  async act(namespace, task) {
    const failed = whyFailed(task.request.alert);
    if (failed !== undefined) return { outcome: "skipped", reason: failed };
    if ((await ownAccount(task)).namespace === namespace)
      return { outcome: "skipped", reason: `${namespace} is the namespace of Eyas` };
    const policy = isolationOf(namespace);
    const result = await applyPolicy(kind, policy, task, { spec: () => specOf(task.parameters) });
    if (result.outcome !== "done") return result;
    const others = await countOthers(namespace, policy.name, task);
    const more =
      others === 0
        ? ""
        : `; ${others} other ${others === 1 ? "policy still allows" : "policies still allow"} traffic in the namespace`;
    return { outcome: "done", answer: `${result.answer}${more}` };
  },
});

function specOf(parameters: ActionRequest["parameters"]): Facts {
  const directions = directionsIn(parameters);
  const peers = peersIn(parameters);
  const rules = (direction: "egress" | "ingress"): Facts[] => [
    // A rule without peers would allow all traffic.
    ...(peers.length === 0 ? [] : [{ [words[direction].peers]: peers }]),
    ...(direction === "egress" ? dnsRules(textIn(parameters, "dns")) : []),
  ];
  return {
    podSelector: {},
    policyTypes: directions.map((direction) => words[direction].type),
    ...Object.fromEntries(directions.map((direction) => [direction, rules(direction)])),
  };
}

function dnsRules(dns: string): Facts[] {
  if (dns === "none") return [];
  const ports = ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 }));
  const to = {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
    podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
  };
  return [dns === "any" ? { ports } : { to: [to], ports }];
}

/** Counts the other policies in a namespace that have rules. */
async function countOthers(namespace: string, own: string, { cluster, signal }: Task): Promise<number> {
  let others = 0;
  for await (const page of listPages(cluster.request, { path: policyPath(kind, namespace), signal }))
    others += listOf(page.items).filter(({ metadata, spec }) => {
      const { egress, ingress } = factsOf(spec);
      return textOf(factsOf(metadata).name) !== own && listOf(egress).length + listOf(ingress).length > 0;
    }).length;
  return others;
}
