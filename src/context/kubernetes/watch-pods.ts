import type { JsonObject } from "../../event/document.ts";
import type { Api } from "./api.ts";
import { type PodAndOwner, podFrom } from "./pod.ts";
import { type Collection, type Watch, type WatchReports, type WatchTimes, watchCollection } from "./watch.ts";

/** Receives changes to the pods of one node. */
export interface PodSink {
  put(entry: PodAndOwner): void;
  /** Removes a pod that no longer exists, identified by the UID in its cgroup path. */
  end(cgroupUid: string): void;
}

/** Maximum number of pods on a node. The default of the kubelet is 110. */
const MOST = 4096;

/** Watches the pods of one node until it is closed. */
export function watchPods(
  api: Pick<Api, "get" | "follow">,
  node: string,
  sink: PodSink,
  reports: WatchReports,
  times?: WatchTimes,
): Watch {
  const pods = { what: "pods", path: ["api", "v1", "pods"], fieldSelector: `spec.nodeName=${node}` };
  return watchCollection(api, pods, trackPods(sink), reports, times);
}

/** Returns a collection that passes changes to pods to a sink. */
export function trackPods(sink: PodSink): Collection {
  /** The UID in the cgroup path of each pod, by pod UID. */
  let known = new Map<string, string>();
  /** UIDs in cgroup paths from the current list and from lists that failed since the last complete one. */
  const listedSince = new Set<string>();

  /**
   * Reports that a pod was removed, unless a static pod was recreated with another UID and has the same cgroup path.
   */
  function endUnlessKept(cgroupUid: string): void {
    for (const each of known.values()) if (each === cgroupUid) return;
    sink.end(cgroupUid);
  }

  /** Returns the UID in the cgroup path of the pod; undefined if it is not stored. */
  function take(item: JsonObject, pods: Map<string, string>): string | undefined {
    const entry = podFrom(item);
    if (entry === undefined || (pods.size >= MOST && !pods.has(entry.pod.uid))) return undefined;
    const { uid, cgroupUid } = entry.pod;
    const before = pods.get(uid);
    pods.set(uid, cgroupUid);
    if (before !== undefined && before !== cgroupUid) endUnlessKept(before);
    sink.put(entry);
    return cgroupUid;
  }

  return {
    get size() {
      return known.size;
    },
    take: (item: JsonObject) => void take(item, known),
    remove(item: JsonObject): void {
      const uid = podFrom(item)?.pod.uid ?? "";
      const cgroupUid = known.get(uid);
      known.delete(uid);
      if (cgroupUid !== undefined) endUnlessKept(cgroupUid);
    },
    relist() {
      const listed = new Map<string, string>();
      return {
        take(item: JsonObject): void {
          const cgroupUid = take(item, listed);
          if (cgroupUid !== undefined && listedSince.size < 2 * MOST) listedSince.add(cgroupUid);
        },
        done(): void {
          const before = new Set([...known.values(), ...listedSince]);
          known = listed;
          listedSince.clear();
          for (const cgroupUid of before) endUnlessKept(cgroupUid);
        },
      };
    },
  };
}
