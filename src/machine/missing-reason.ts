import { identityOfAll, isKnownToRuntimes } from "./container-id.ts";
import type { Machine } from "./machine.ts";
import { POD_UID } from "./pods.ts";
import type { Thread } from "./thread.ts";

/**
 * The subject of a field: a container, a pod (from its runtime or the API server), a pod from the API server only, or a
 * task or app.
 */
export type EnrichedSubject = "container" | "pod" | "cluster" | "workload";

/**
 * Why a value is missing:
 * - `no_process`: the event has no known process.
 * - `host`: the process is outside containers.
 * - `no_pod`: the container does not belong to a pod.
 * - `no_source`: no source of this metadata is connected.
 * - `late`: the source did not respond in time.
 * - `unknown`: the source does not know the subject.
 * - `not_provided`: the source knows the subject, but not this property.
 */
export type MissingReason = "no_process" | "host" | "no_pod" | "no_source" | "late" | "unknown" | "not_provided";

/** Why a field of a thread's container, pod, task or app has no value. */
export function whyMissing(machine: Machine, thread: Thread | undefined, subject: EnrichedSubject): MissingReason {
  if (thread === undefined) return "no_process";
  if (thread.containerId === "") return "host";
  return reasons[subject](machine, thread);
}

const reasons: Readonly<Record<EnrichedSubject, (machine: Machine, thread: Thread) => MissingReason>> = {
  container({ containerTable }, { containerId, cgroups }) {
    if (containerTable.get(containerId) !== undefined) return "not_provided";
    return isKnownToRuntimes(identityOfAll(cgroups)) ? containerTable.whyUnknown(containerId) : "no_source";
  },
  pod(machine, thread) {
    const uid = podUidOf(machine, thread);
    if (uid === "") return "no_pod";
    const isAsked = uid !== undefined && machine.pods !== undefined;
    return isAsked ? reasons.cluster(machine, thread) : reasons.container(machine, thread);
  },
  cluster(machine, thread) {
    const uid = podUidOf(machine, thread);
    if (uid === undefined) return reasons.container(machine, thread);
    if (uid === "") return "no_pod";
    if (machine.pods === undefined || !machine.pods.isConnected) return "no_source";
    return machine.pods.isComplete(uid) ? "not_provided" : "late";
  },
  workload: ({ workloads }, { containerId }) =>
    workloads?.get(containerId) === undefined ? "unknown" : "not_provided",
};

/** UID of the thread's pod; "" outside pods, undefined if unknown. */
function podUidOf({ containerTable }: Machine, { containerId, cgroups }: Thread): string | undefined {
  const stated = identityOfAll(cgroups).podUid;
  if (stated !== "") return stated;
  const container = containerTable.get(containerId);
  return container === undefined ? undefined : (container.labels.get(POD_UID) ?? "");
}
