import { identityOfAll } from "./container-id.ts";
import type { Container, Probe } from "./container-info.ts";
import type { Machine } from "./machine.ts";
import type { Thread } from "./thread.ts";

/** A Kubernetes object. Text is byte strings, here and below; "" if missing. */
export interface KubernetesObject {
  readonly name: string;
  readonly uid: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** The owner of an object. */
export interface Owner {
  /** `Deployment`, `StatefulSet`, `CronJob`, … */
  readonly kind: string;
  readonly name: string;
}

/** A pod of this node, according to the API server. */
export interface Pod extends KubernetesObject {
  /** The uid in its cgroups: differs for static pods. */
  readonly cgroupUid: string;
  readonly namespace: string;
  /** Time of its creation, without milliseconds: milliseconds since the epoch; undefined if unknown. */
  readonly created?: number;
  readonly ip: string;
  readonly node: string;
  readonly serviceAccount: string;
  /** Its started containers. */
  readonly containers: readonly Container[];
  /** Names of its ephemeral containers. */
  readonly added: ReadonlySet<string>;
  /** Exec probes, by container name. */
  readonly probes: ReadonlyMap<string, readonly Probe[]>;
}

/** Objects related to a pod; undefined if there is none, or it may not be read. */
export interface RelatedObjects {
  readonly namespace: KubernetesObject | undefined;
  readonly deployment: KubernetesObject | undefined;
  readonly replicaSet: KubernetesObject | undefined;
  readonly replicationController: KubernetesObject | undefined;
  readonly services: readonly KubernetesObject[];
  /** The topmost owner. */
  readonly owner: Owner | undefined;
}

/** A pod with its related objects. */
export interface KnownPod {
  readonly pod: Pod;
  related: RelatedObjects | undefined;
}

/** Maximum number of stored pods; then ended ones are dropped first, then the oldest. */
const MAX_PODS = 4096;
/** Maximum number of stored containers whose events waited for their pod. */
const MAX_WAITING = 8192;
/** Milliseconds that a pod is stored after its end: its last events may be evaluated later. */
const RETENTION = 60_000;
/** Milliseconds until events of a container wait again for a missing pod. */
const RETRY_DELAY = 30_000;

/** Label of runtimes with the uid of the pod. */
export const POD_UID = "io.kubernetes.pod.uid";

/** The pods of a node, by cgroup uid. */
export class PodTable {
  /** Whether the API server is connected: otherwise no event waits. */
  isConnected = true;
  /** Whether rules need related objects of pods, so that events wait for them too. */
  needsRelated = false;
  /** Milliseconds that events wait for a pod. */
  timeout = 1000;
  private readonly known = new Map<string, KnownPod>();
  /** End times of ended pods, on the clock of `now`. */
  private readonly ended = new Map<string, number>();
  /** By short id of a container: its pod, and the start of the wait of its events. */
  private readonly asked = new Map<string, { readonly uid: string; readonly since: number }>();
  private readonly now: () => number;

  /** @param now milliseconds on any clock */
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
    this.known.delete(cgroupUid); // the newest are last
    this.known.set(cgroupUid, entry);
    this.ended.delete(cgroupUid);
    if (this.known.size > MAX_PODS) this.makeRoom();
    return entry;
  }

  /** Marks a pod as ended. It is stored for some time. */
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

  /** Records that a container of the pod is waiting, unless the pod is known. */
  seen(uid: string, containerId: string): void {
    if (!this.isConnected || this.isComplete(uid)) return;
    const before = this.asked.get(containerId);
    const now = this.now();
    if (before !== undefined && now - before.since < RETRY_DELAY) return;
    this.asked.delete(containerId);
    this.asked.set(containerId, { uid, since: now });
    if (this.asked.size > MAX_WAITING) for (const oldest of this.asked.keys()) return void this.asked.delete(oldest);
  }

  /** Whether the container's pod is pending and not timed out. */
  isAwaited(containerId: string): boolean {
    if (this.asked.size === 0 || !this.isConnected) return false;
    const waits = this.asked.get(containerId);
    return waits !== undefined && this.now() - waits.since < this.timeout && !this.isComplete(waits.uid);
  }

  /** Whether events of a container waited for its pod until the timeout. */
  timedOut(containerId: string): boolean {
    const waits = this.asked.get(containerId);
    return waits !== undefined && !this.isComplete(waits.uid);
  }

  /** Whether all required metadata of a pod is known. */
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
