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
function trackPods(sink: PodSink): Collection {
  /** The UID in the cgroup path of each pod, by pod UID. */
  let known = new Map<string, string>();

  /**
   * Reports that a pod was removed, unless a static pod was recreated with another UID and has the same cgroup path.
   */
  function endUnlessKept(cgroupUid: string): void {
    for (const each of known.values()) if (each === cgroupUid) return;
    sink.end(cgroupUid);
  }

  function take(item: JsonObject, pods: Map<string, string>): void {
    const entry = podFrom(item);
    if (entry === undefined || (pods.size >= MOST && !pods.has(entry.pod.uid))) return;
    pods.set(entry.pod.uid, entry.pod.cgroupUid);
    sink.put(entry);
  }

  return {
    get size() {
      return known.size;
    },
    take: (item: JsonObject) => take(item, known),
    remove(item: JsonObject): void {
      const entry = podFrom(item);
      if (entry !== undefined && known.delete(entry.pod.uid)) endUnlessKept(entry.pod.cgroupUid);
    },
    relist() {
      const listed = new Map<string, string>();
      return {
        take: (item: JsonObject) => take(item, listed),
        done(): void {
          const before = new Set(known.values());
          known = listed;
          for (const cgroupUid of before) endUnlessKept(cgroupUid);
        },
      };
    },
  };
}
