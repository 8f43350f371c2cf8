// All strings in the interfaces of this module are byte strings.
import { identityOfAll } from "./container-id.ts";
import type { Container, Probe } from "./container-info.ts";
import type { Machine } from "./machine.ts";
import type { Thread } from "./thread.ts";

/** A Kubernetes object. Missing strings are "". */
export interface KubernetesObject {
  readonly name: string;
  readonly uid: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** The owner of an object. */
export interface Owner {
  /** Kind of the owner: `Deployment`, `StatefulSet`, `CronJob`, … */
  readonly kind: string;
  readonly name: string;
}

/** A pod of this node, from the API server. */
export interface Pod extends KubernetesObject {
  /** The UID in the cgroups of the pod, which differs from `uid` for static pods. */
  readonly cgroupUid: string;
  readonly namespace: string;
  /** Creation time in milliseconds since the epoch, rounded down to seconds; undefined if unknown. */
  readonly created?: number;
  readonly ip: string;
  readonly node: string;
  readonly serviceAccount: string;
  /** Containers that have started. */
  readonly containers: readonly Container[];
  /** Names of the ephemeral containers. */
  readonly added: ReadonlySet<string>;
  /** Exec probes, by container name. */
  readonly probes: ReadonlyMap<string, readonly Probe[]>;
}

/** Objects related to a pod; undefined if an object does not exist or cannot be read. */
export interface RelatedObjects {
  readonly namespace: KubernetesObject | undefined;
  readonly deployment: KubernetesObject | undefined;
  readonly replicaSet: KubernetesObject | undefined;
  readonly replicationController: KubernetesObject | undefined;
  readonly services: readonly KubernetesObject[];
  /** The owner at the top of the chain of owners. */
  readonly owner: Owner | undefined;
}

/** A pod with its related objects. */
export interface KnownPod {
  readonly pod: Pod;
  related: RelatedObjects | undefined;
}

/** Maximum number of stored pods. Above this limit, terminated pods are dropped first, then the oldest ones. */
const MAX_PODS = 4096;
/** Maximum number of containers whose events wait or waited for their pod. */
const MAX_WAITING = 8192;
/** How long a pod is stored after its end, in milliseconds, because its last events may be evaluated later. */
const RETENTION = 60_000;
/** Time after which events of a container wait again for a missing pod, in milliseconds. */
const RETRY_DELAY = 30_000;

/** Label with the UID of the pod, set by kubelets. */
export const POD_UID = "io.kubernetes.pod.uid";

/** The pods of a node, by the UID in their cgroups. */
export class PodTable {
  /** Whether the API server is connected. If not, events do not wait for pods. */
  isConnected = true;
  /** Whether rules need objects related to pods, so events must wait for them as well. */
  needsRelated = false;
  /** How long events wait for a pod, in milliseconds. */
  timeout = 1000;
  private readonly known = new Map<string, KnownPod>();
  /** Times at which pods terminated, on the clock of `now`. */
  private readonly ended = new Map<string, number>();
  /** The pod of each container whose events wait or waited, and the start of the wait, by short container ID. */
  private readonly asked = new Map<string, { readonly uid: string; readonly since: number }>();
  private readonly now: () => number;

  /** @param now clock in milliseconds with any origin */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  get(uid: string): KnownPod | undefined {
    return this.known.get(uid);
  }

  /** The pod of a thread. */
  of(machine: Machine, thread: Thread): KnownPod | undefined {
    const { containerId } = thread;
    if (containerId === "" || this.known.size === 0) return undefined;
    const stated = identityOfAll(thread.cgroups).podUid;
    const uid = stated !== "" ? stated : machine.containerTable.get(containerId)?.labels.get(POD_UID);
    return uid === undefined ? undefined : this.known.get(uid);
  }

  get size(): number {
    return this.known.size;
  }

  values(): Iterable<KnownPod> {
    return this.known.values();
  }

  put(pod: Pod): KnownPod {
    const { cgroupUid } = pod;
    const entry: KnownPod = { pod, related: this.known.get(cgroupUid)?.related };
    this.known.delete(cgroupUid); // keeps the order by age
    this.known.set(cgroupUid, entry);
    this.ended.delete(cgroupUid);
    if (this.known.size > MAX_PODS) this.makeRoom();
    return entry;
  }

  /** Marks a pod as terminated. It remains stored for some time. */
  end(uid: string): void {
    if (!this.known.has(uid)) return;
    const now = this.now();
    for (const [other, when] of this.ended) {
      if (now - when < RETENTION) break;
      this.ended.delete(other);
      this.known.delete(other);
    }
    if (!this.ended.has(uid)) this.ended.set(uid, now);
  }

  /** Records that events of a container need its pod, unless the pod is known. */
  seen(uid: string, containerId: string): void {
    if (!this.isConnected || this.isComplete(uid)) return;
    const before = this.asked.get(containerId);
    const now = this.now();
    if (before !== undefined && now - before.since < RETRY_DELAY) return;
    this.asked.delete(containerId);
    this.asked.set(containerId, { uid, since: now });
    if (this.asked.size > MAX_WAITING) for (const oldest of this.asked.keys()) return void this.asked.delete(oldest);
  }

  /** Whether events must wait for the pod of a container, because it is pending and has not timed out. */
  isAwaited(containerId: string): boolean {
    if (this.asked.size === 0 || !this.isConnected) return false;
    const waits = this.asked.get(containerId);
    return waits !== undefined && this.now() - waits.since < this.timeout && !this.isComplete(waits.uid);
  }

  /** Whether the metadata of a container's pod is still missing. Must be called after the wait for it. */
  timedOut(containerId: string): boolean {
    const waits = this.asked.get(containerId);
    return waits !== undefined && !this.isComplete(waits.uid);
  }

  /** Whether all metadata of a pod that rules need is known. */
  isComplete(uid: string): boolean {
    const entry = this.known.get(uid);
    return entry !== undefined && (!this.needsRelated || entry.related !== undefined);
  }

  private makeRoom(): void {
    for (const uids of [this.ended, this.known]) {
      for (const uid of uids.keys()) {
        this.ended.delete(uid);
        this.known.delete(uid);
        return;
      }
    }
  }
}
