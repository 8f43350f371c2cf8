import type { Pod, PodTable } from "../../machine/pods.ts";
import type { Credentials } from "../../transport/kubernetes/credentials.ts";
import { openApi } from "./api.ts";
import { openOwners } from "./owners.ts";
import type { ToldPod } from "./pod.ts";
import { type PodReports, type WatchTimes, watchPods } from "./watch.ts";

export interface KubernetesOptions {
  readonly credentials: Credentials;
  readonly node: string;
  /** Milliseconds for an answer, and that it is believed what is around pods. */
  readonly timeout: number;
  readonly lifetime: number;
  /** Whether namespaces, owners and services are asked for. */
  readonly surroundings: boolean;
  /** Absent: as is usual. */
  readonly times?: WatchTimes;
}

/** What is counted of an API server. */
export interface Kubernetes {
  readonly answers: ReadonlyMap<number, number>;
  /** When it last told something: milliseconds since the epoch; 0: never. */
  readonly heard: number;
  close(): Promise<void>;
}

/** Milliseconds between two looks at what is around pods; what is still believed is not asked for. */
const LOOK_AGAIN = 60_000;

/**
 * Keeps a table of pods up to date.
 * @param told called with each pod that something new is known of
 */
export function watchKubernetes(
  options: KubernetesOptions,
  pods: PodTable,
  told: (pod: Pod) => void,
  reports: PodReports,
): Kubernetes {
  const { credentials, node, timeout, lifetime, times } = options;
  const api = openApi(credentials, timeout);
  const owners = openOwners(api, lifetime);
  /** By the uids of their cgroups. */
  const there = new Map<string, ToldPod>();

  async function lookAround(which: ToldPod): Promise<void> {
    const surroundings = await owners.around(which);
    const known = pods.get(which.pod.cgroupUid);
    if (known === undefined || there.get(which.pod.cgroupUid) !== which) return; // it ended, or more is known
    known.related = surroundings;
    told(which.pod);
  }

  pods.needsRelated = options.surroundings;
  const watch = watchPods(
    api,
    node,
    {
      put(which) {
        there.set(which.pod.cgroupUid, which);
        pods.put(which.pod);
        told(which.pod);
        if (options.surroundings) void lookAround(which);
      },
      end(uid) {
        there.delete(uid);
        pods.end(uid);
      },
    },
    {
      synced(count) {
        pods.isConnected = true;
        reports.synced(count);
      },
      lost(reason) {
        pods.isConnected = false;
        reports.lost(reason);
      },
    },
    times,
  );
  const again = setInterval(() => {
    if (options.surroundings) for (const which of there.values()) void lookAround(which);
  }, LOOK_AGAIN).unref();
  return {
    answers: api.statuses,
    get heard() {
      return watch.heard;
    },
    async close() {
      clearInterval(again);
      api.close();
      await watch.close();
    },
  };
}
