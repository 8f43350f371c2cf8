import { identityOfAll, isKnownToRuntimes } from "./container-id.ts";
import type { Machine } from "./machine.ts";
import { POD_UID } from "./pods.ts";
import type { Thread } from "./thread.ts";

/** Of what a field tells: a container, a pod as its runtime or the API server has it, what only the latter has, a task or app. */
export type EnrichedSubject = "container" | "pod" | "cluster" | "workload";

/**
 * Why something is not known:
 * - `no_process`: nobody knows whose doing it was.
 * - `host`: it is in no container.
 * - `no_pod`: it is in a container, and that in no pod.
 * - `nobody`: there was nobody to ask.
 * - `late`: whoever was asked has not answered, or not in time.
 * - `unknown`: whoever was asked does not know it either.
 * - `untold`: it is known, but not that of it.
 */
export type MissingReason = "no_process" | "host" | "no_pod" | "nobody" | "late" | "unknown" | "untold";

/** Why a thread's container, pod, task or app has no value for a field. */
export function whyMissing(machine: Machine, thread: Thread | undefined, subject: EnrichedSubject): MissingReason {
  if (thread === undefined) return "no_process";
  if (thread.containerId === "") return "host";
  return reasons[subject](machine, thread);
}

const reasons: Readonly<Record<EnrichedSubject, (machine: Machine, thread: Thread) => MissingReason>> = {
  container({ containerTable }, { containerId, cgroups }) {
    if (containerTable.get(containerId) !== undefined) return "untold";
    return isKnownToRuntimes(identityOfAll(cgroups)) ? containerTable.whyUnknown(containerId) : "nobody";
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
    if (machine.pods === undefined || !machine.pods.isConnected) return "nobody";
    return machine.pods.isComplete(uid) ? "untold" : "late";
  },
  workload: ({ workloads }, { containerId }) => (workloads?.get(containerId) === undefined ? "unknown" : "untold"),
};

/** "" for a container in no pod; undefined where nobody has told. */
function podUidOf({ containerTable }: Machine, { containerId, cgroups }: Thread): string | undefined {
  const stated = identityOfAll(cgroups).podUid;
  if (stated !== "") return stated;
  const container = containerTable.get(containerId);
  return container === undefined ? undefined : (container.labels.get(POD_UID) ?? "");
}
