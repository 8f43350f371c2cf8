import { type Facts, factsOf, listOf, textOf, textsOf } from "../../../../transport/json.ts";
import type { ActionResult } from "../../../action.ts";
import type { Task } from "../kubernetes-action.ts";
import { isLabelValue, isQualifiedName } from "../names.ts";
import { controllerOf, type Pod } from "../pod.ts";
import { podText } from "../target.ts";

/**
 * The pods that a policy selects: all current and future pods of the workload that owns the alert's pod. If the owner
 * has no selector, such as a Job, they are the pods with the labels of the alert's pod.
 */
export interface Selection {
  /** Kind of the owner; `Pod` if the pod has no owner with a selector. */
  readonly kind: string;
  /** Name of the owner, or of the pod if it has no owner with a selector. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly expressions: readonly Requirement[];
}

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

type Operator = "In" | "NotIn" | "Exists" | "DoesNotExist";
const operators: readonly string[] = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Labels that differ between pods or revisions of the same owner. */
const PASSING: ReadonlySet<string> = new Set([
  "pod-template-hash",
  "pod-template-generation",
  "controller-revision-hash",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
]);

/** Kinds of owners that have a selector, with their resources. */
const selecting: Readonly<Record<string, string>> = {
  ReplicaSet: "replicasets",
  DaemonSet: "daemonsets",
  StatefulSet: "statefulsets",
};

/** @throws the same errors as {@link KubernetesClient.request} */
export async function selectionOf(pod: Pod, { cluster, signal }: Task): Promise<Selection | ActionResult> {
  const { owner, namespace } = pod;
  if (factsOf(pod.facts.spec).hostNetwork === true)
    return { outcome: "skipped", reason: `${podText(pod)} uses the host network, to which policies do not apply` };
  // Pods of one owner can have different labels, such as those of an indexed Job. With one policy for all of them, each
  // alert would replace the selector, and the earlier pods would have no policy.
  let [kind, name] = ["Pod", pod.name];
  let labels = textsOf(pod.labels);
  let expressions: readonly Requirement[] = [];
  const resource = owner !== undefined && Object.hasOwn(selecting, owner.kind) ? selecting[owner.kind] : undefined;
  if (owner !== undefined && resource !== undefined) {
    const path = ["apis", "apps", "v1", "namespaces", namespace, resource, owner.name];
    const facts = await cluster.request({ path, signal });
    const selector = factsOf(factsOf(facts.spec).selector);
    labels = textsOf(selector.matchLabels);
    expressions = listOf(selector.matchExpressions).flatMap(requirementOf);
    ({ kind, name } = controllerOf(facts) ?? owner); // all revisions of a Deployment share a policy
  }
  labels = Object.fromEntries(Object.entries(labels).filter(([key]) => !PASSING.has(key)));
  expressions = expressions.filter(({ key }) => !PASSING.has(key));
  // An empty selector would match all pods of the namespace.
  if (Object.keys(labels).length + expressions.length === 0)
    return { outcome: "failed", reason: `${podText(pod)} has no labels that a policy could select` };
  const isSound =
    Object.entries(labels).every(([key, value]) => isQualifiedName(key) && isLabelValue(value)) &&
    expressions.every(({ key, values }) => isQualifiedName(key) && values.every(isLabelValue));
  if (!isSound) return { outcome: "failed", reason: `the labels of ${podText(pod)} are invalid` };
  return { kind, name, labels, expressions };
}

function requirementOf({ key, operator, values }: Facts): Requirement[] {
  const word = textOf(operator);
  if (!isOperator(word)) return [];
  return [{ key: textOf(key), operator: word, values: Array.isArray(values) ? values.map(textOf) : [] }];
}

function isOperator(word: string): word is Operator {
  return operators.includes(word);
}

/** Returns a label selector in the format of Kubernetes and Cilium. */
export function labelSelector({ labels, expressions }: Selection): Facts {
  return {
    ...(Object.keys(labels).length > 0 && { matchLabels: labels }),
    ...(expressions.length > 0 && {
      matchExpressions: expressions.map(({ key, operator, values }) => ({
        key,
        operator,
        ...(values.length > 0 && { values }),
      })),
    }),
  };
}
