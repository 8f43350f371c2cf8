import { type Facts, factsOf, textOf, textsOf } from "../../../../transport/json.ts";
import type { ActionRequest, Parameter } from "../../../action.ts";
import { textIn, textsIn } from "../../../parameters.ts";
import { choicesParameter } from "../choice.ts";
import { clusterAt } from "../cluster.ts";
import type { Task } from "../kubernetes-action.ts";
import type { Grant } from "../permissions.ts";
import { findPod, type Pod } from "../pod.ts";
import { podOf } from "../target.ts";
import { awsContext } from "./aws.ts";

export const contextParameter: Parameter = choicesParameter(
  "Additional metadata: `k8snode` for the pod's node; `aws` for the machine that runs Eyas.",
  ["k8snode", "aws"],
  [],
);

export const getNodes: Grant = { group: "", resource: "nodes", verbs: ["get"] };

/**
 * Reads additional metadata of the pod's node and of the cloud. Keys are named like fields.
 * @throws Error with a message for the user
 */
export async function contextOf(
  pod: Pod,
  { cluster, parameters, signal }: Pick<Task, "cluster" | "parameters" | "signal">,
): Promise<Map<string, string>> {
  const wanted = textsIn(parameters, "additional_contexts");
  const context = new Map<string, string>();
  const add = (more: ReadonlyMap<string, string>): void => {
    for (const [name, value] of more) context.set(name, value);
  };
  if (wanted.includes("k8snode") && pod.node !== "")
    add(nodeContext(await cluster.request({ path: ["api", "v1", "nodes", pod.node], signal })));
  if (wanted.includes("aws")) add(await awsContext(signal));
  return context;
}

/**
 * Reads the same metadata as {@link contextOf}, for actions that do not act on a cluster. Finds the alert's pod if
 * necessary.
 * @throws Error with a message for the user
 */
export async function contextOfAlert({ alert, parameters, signal }: ActionRequest): Promise<Map<string, string>> {
  const wanted = textsIn(parameters, "additional_contexts");
  if (!wanted.includes("k8snode")) return wanted.includes("aws") ? awsContext(signal) : new Map();
  const name = podOf(alert);
  if ("missing" in name) throw new Error(name.missing);
  const cluster = await clusterAt({
    kubeconfig: textIn(parameters, "kubeconfig"),
    context: textIn(parameters, "context"),
  });
  const found = await findPod(cluster, name.found, signal);
  if ("gone" in found) throw new Error(found.gone);
  return contextOf(found.pod, { cluster, parameters, signal });
}

const ROLE = "node-role.kubernetes.io/";

function nodeContext(node: Facts): Map<string, string> {
  const labels = textsOf(factsOf(node.metadata).labels);
  const roles = Object.keys(labels).filter((name) => name.startsWith(ROLE));
  return new Map(
    Object.entries({
      "node.hostname": labels["kubernetes.io/hostname"] ?? textOf(factsOf(node.metadata).name),
      "node.instancetype": labels["node.kubernetes.io/instance-type"],
      "node.role": labels["kubernetes.io/role"] ?? roles.map((name) => name.slice(ROLE.length)).join(","),
      "node.topology.region": labels["topology.kubernetes.io/region"],
      "node.topology.zone": labels["topology.kubernetes.io/zone"],
      "node.spec.providerid": textOf(factsOf(node.spec).providerID),
    }).flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value] as const])),
  );
}
