import type { Pod, PodTable } from "../../machine/pods.ts";
import type { Credentials } from "../../transport/kubernetes/credentials.ts";
import { openApi } from "./api.ts";
import { watchClusterObjects } from "./cluster-objects.ts";
import { openOwners } from "./owners.ts";
import type { PodAndOwner } from "./pod.ts";
import type { WatchReports, WatchTimes } from "./watch.ts";
import { watchPods } from "./watch-pods.ts";

export interface KubernetesOptions {
  readonly credentials: Credentials;
  readonly node: string;
  /** Timeout for a response, in milliseconds. */
  readonly timeout: number;
  /** Time for which namespaces and services are cached, in milliseconds. Owners are cached longer. */
  readonly lifetime: number;
  /** Whether namespaces, owners and services are fetched. */
  readonly related: boolean;
  /** Times of watches and retries; undefined for the defaults. */
  readonly times?: WatchTimes;
}

/** A connection to an API server, with the number of responses by status. */
export interface Kubernetes {
  readonly answers: ReadonlyMap<number, number>;
  /** Time of the last data about pods, in milliseconds since the epoch; 0 if there was none. */
  readonly lastAnswer: number;
  close(): Promise<void>;
}

export interface KubernetesReports extends WatchReports {
  /** Called with false when the server starts to reject the credentials, and with true when it accepts them again. */
  credentials(isAccepted: boolean): void;
}

/** Time for which changes to namespaces and services are collected before they are applied, in milliseconds. */
const GATHER = 50;
/** Interval between refreshes of related objects, in milliseconds. Objects that are still cached are not fetched. */
const LOOK_AGAIN = 60_000;

/**
 * Watches the pods of a node and keeps the table of pods up to date.
 * @param changed called with each new or changed pod
 */
export function watchKubernetes(
  options: KubernetesOptions,
  pods: PodTable,
  changed: (pod: Pod) => void,
  reports: KubernetesReports,
): Kubernetes {
  const { credentials, node, timeout, lifetime, times } = options;
  let isRejected = false;
  const api = openApi(credentials, timeout, (isAccepted) => {
    if (isAccepted !== isRejected) return;
    isRejected = !isAccepted;
    reports.credentials(isAccepted);
  });
  const objects = options.related ? watchClusterObjects(api, refreshLater, times) : undefined;
  const owners = openOwners(api, lifetime, objects);
  /** Current pods, by the UID in their cgroup path. */
  const there = new Map<string, PodAndOwner>();

  async function refreshRelated(which: PodAndOwner): Promise<void> {
    const related = await owners.relatedTo(which);
    const known = pods.get(which.pod.cgroupUid);
    if (known === undefined || there.get(which.pod.cgroupUid) !== which) return; // the pod was removed or changed
    known.related = related;
    changed(which.pod);
  }

  /** Namespaces with changed objects. Contains undefined if objects in any namespace may have changed. */
  let stale: Set<string> | undefined = new Set();
  let refreshing: NodeJS.Timeout | undefined;

  function refreshLater(namespace: string | undefined): void {
    if (namespace === undefined) stale = undefined;
    else stale?.add(namespace);
    refreshing ??= setTimeout(refreshStale, GATHER).unref();
  }

  function refreshStale(): void {
    const which = stale;
    stale = new Set();
    refreshing = undefined;
    for (const each of there.values())
      if (which === undefined || which.has(each.pod.namespace)) void refreshRelated(each);
  }

  pods.needsRelated = options.related;
  const watch = watchPods(
    api,
    node,
    {
      put(which) {
        there.set(which.pod.cgroupUid, which);
        pods.put(which.pod);
        changed(which.pod);
        if (options.related) void refreshRelated(which);
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
    if (options.related) for (const which of there.values()) void refreshRelated(which);
  }, LOOK_AGAIN).unref();
  return {
    answers: api.statuses,
    get lastAnswer() {
      return watch.lastMessage;
    },
    async close() {
      clearInterval(again);
      clearTimeout(refreshing);
      api.close();
      await Promise.all([watch.close(), objects?.close()]);
    },
  };
}
