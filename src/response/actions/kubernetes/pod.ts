import { type Facts, factsOf, listOf, textOf } from "../../../transport/json.ts";
import type { KubernetesClient } from "../../../transport/kubernetes/client.ts";
import { isStatus } from "../../../transport/kubernetes/error.ts";
import { podPath } from "../../../transport/kubernetes/path.ts";
import { staticPodHash } from "../../../transport/kubernetes/static-pod.ts";
import { type PodName, podText } from "./target.ts";

/** Tolerated clock skew between machines, in nanoseconds. A pod may appear to be created after an event in it. */
export const CLOCKS = 5_000_000_000n;

/** A pod on the API server. */
export interface Pod extends PodName {
  readonly uid: string;
  readonly node: string;
  readonly labels: Facts;
  readonly owner: Owner | undefined;
  /** Whether this is a mirror pod, which the kubelet runs from a file. */
  readonly isMirror: boolean;
  readonly facts: Facts;
}

/** The controller that owns an object. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * Finds the alert's pod by name, and checks that it is not a later pod with the same name.
 * @returns the reason in `gone` if it no longer exists or was replaced
 * @throws the same errors as {@link KubernetesClient.request}
 */
export async function findPod(
  cluster: KubernetesClient,
  wanted: PodName,
  signal: AbortSignal,
): Promise<{ readonly pod: Pod } | { readonly gone: string }> {
  let facts: Facts;
  try {
    facts = await cluster.request({ path: podPath(wanted), signal });
  } catch (error) {
    if (isStatus(error, 404)) return { gone: `${podText(wanted)} no longer exists` };
    throw error;
  }
  const pod = podFrom(facts, wanted.time);
  if (pod.name !== wanted.name || pod.namespace !== wanted.namespace || pod.uid === "")
    throw new Error("the API server returned another object");
  if (
    wanted.uid !== "" &&
    wanted.uid !== pod.uid &&
    wanted.uid !== staticPodHash(factsOf(factsOf(facts.metadata).annotations))
  )
    return { gone: `${podText(wanted)} was replaced: the alert's pod had the UID ${wanted.uid}` };
  const created = Date.parse(textOf(factsOf(facts.metadata).creationTimestamp));
  if (wanted.uid === "" && BigInt(created || 0) * 1_000_000n > wanted.time + CLOCKS)
    return { gone: `${podText(wanted)} was created after the alert` };
  return { pod };
}

export function podFrom(facts: Facts, time: bigint): Pod {
  const metadata = factsOf(facts.metadata);
  return {
    namespace: textOf(metadata.namespace),
    name: textOf(metadata.name),
    uid: textOf(metadata.uid),
    time,
    node: textOf(factsOf(facts.spec).nodeName),
    labels: factsOf(metadata.labels),
    owner: controllerOf(facts),
    isMirror: textOf(factsOf(metadata.annotations)["kubernetes.io/config.mirror"]) !== "",
    facts,
  };
}

/** Returns the controller that owns an object; undefined if there is none. */
export function controllerOf(facts: Facts): Owner | undefined {
  const found = listOf(factsOf(facts.metadata).ownerReferences).find(({ controller }) => controller === true);
  if (found === undefined) return undefined;
  const { apiVersion, kind, name, uid } = found;
  return { apiVersion: textOf(apiVersion), kind: textOf(kind), name: textOf(name), uid: textOf(uid) };
}
