import { identityOfAll } from "./container-id.ts";
import type { Container, Probe } from "./container-info.ts";
import type { Machine } from "./machine.ts";
import type { Thread } from "./thread.ts";

/** An object of a cluster. Text is byte strings, here and below; "" where it is not told. */
export interface KubernetesObject {
  readonly name: string;
  readonly uid: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** Which object another belongs to. */
export interface Owner {
  /** `Deployment`, `StatefulSet`, `CronJob`, … */
  readonly kind: string;
  readonly name: string;
}

/** A pod of this machine, as the API server tells. */
export interface Pod extends KubernetesObject {
  /** The uid that its cgroups have: another one where the pod comes from a file of the node. */
  readonly cgroupUid: string;
  readonly namespace: string;
  readonly ip: string;
  readonly node: string;
  readonly serviceAccount: string;
  /** What is told of its containers that have begun. */
  readonly containers: readonly Container[];
  /** Names of the containers that were added to debug it. */
  readonly added: ReadonlySet<string>;
  /** Probes that run a command, by the name of the container. */
  readonly probes: ReadonlyMap<string, readonly Probe[]>;
}

/** What stands around a pod; undefined what it hasn't, or what may not be read. */
export interface RelatedObjects {
  readonly namespace: KubernetesObject | undefined;
  readonly deployment: KubernetesObject | undefined;
  readonly replicaSet: KubernetesObject | undefined;
  readonly replicationController: KubernetesObject | undefined;
  readonly services: readonly KubernetesObject[];
  /** The last in the row of owners. */
  readonly owner: Owner | undefined;
}

/** A pod with what is known around it. */
export interface KnownPod {
  readonly pod: Pod;
  related: RelatedObjects | undefined;
}

/** Pods remembered at most: the oldest go, those that have ended first. */
const MOST = 4096;
/** Containers that are remembered to have waited for their pod. */
const MOST_ASKED = 8192;
/** Milliseconds that a pod is remembered after its end: what its processes did may be judged later. */
const AFTERWARDS = 60_000;
/** Milliseconds until events of a container wait once more for a pod that did not turn up. */
const ASK_AGAIN = 30_000;

/** The label by which runtimes tell the pod's uid. */
export const POD_UID = "io.kubernetes.pod.uid";

/** The pods of a machine, by the uids that cgroups have. */
export class PodTable {
  /** Whether somebody tells of pods at the moment: else nothing waits for that. */
  isConnected = true;
  /** Whether somebody wants to know what is around a pod, so that events wait for it too. */
  needsRelated = false;
  /** Milliseconds that events wait for what is to be told. */
  timeout = 1000;
  private readonly known = new Map<string, KnownPod>();
  /** When those that have ended did, on the clock of `now`. */
  private readonly ended = new Map<string, number>();
  /** By the container's short id: which pod it was to be of, and since when its events wait. */
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
    this.known.delete(cgroupUid); // the newest stand last
    this.known.set(cgroupUid, entry);
    this.ended.delete(cgroupUid);
    if (this.known.size > MOST) this.makeRoom();
    return entry;
  }

  /** It has ended. It is remembered for a while. */
  end(uid: string): void {
    if (!this.known.has(uid)) return;
    const now = this.now();
    for (const [other, when] of this.ended) {
      if (now - when < AFTERWARDS) break;
      this.ended.delete(other);
      this.known.delete(other);
    }
    if (!this.ended.has(uid)) this.ended.set(uid, now);
  }

  /** A thread turned up in a container of that pod. */
  seen(uid: string, containerId: string): void {
    if (!this.isConnected || this.isComplete(uid)) return;
    const before = this.asked.get(containerId);
    const now = this.now();
    if (before !== undefined && now - before.since < ASK_AGAIN) return;
    this.asked.delete(containerId);
    this.asked.set(containerId, { uid, since: now });
    if (this.asked.size > MOST_ASKED) for (const oldest of this.asked.keys()) return void this.asked.delete(oldest);
  }

  /** Whether what is to be known of the container's pod may still come in time. */
  isAwaited(containerId: string): boolean {
    if (this.asked.size === 0 || !this.isConnected) return false;
    const waits = this.asked.get(containerId);
    return waits !== undefined && this.now() - waits.since < this.timeout && !this.isComplete(waits.uid);
  }

  /** Whether events of a container waited for its pod in vain. */
  timedOut(containerId: string): boolean {
    const waits = this.asked.get(containerId);
    return waits !== undefined && !this.isComplete(waits.uid);
  }

  /** Whether all is known of a pod that anybody wants to know. */
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
