import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type JsonObject } from "../../event/document.ts";
import { TransportError } from "../../transport/http/error.ts";
import { ApiError, TIMED_OUT } from "../../transport/kubernetes/error.ts";
import { listPages } from "../../transport/kubernetes/list.ts";
import { listOf, objectOf, textOf } from "../runtime/oci-spec.ts";
import type { Api } from "./api.ts";
import { type PodAndOwner, podFrom } from "./pod.ts";

/** Receives the changes of the pods of a node. */
export interface PodSink {
  put(entry: PodAndOwner): void;
  /** A pod has ended, by UID in the cgroup path. */
  end(cgroupUid: string): void;
}

export interface PodReports {
  /** All pods of the node are known, initially or after a failure. */
  synced(pods: number): void;
  /** The watch failed and is retried. Called once until the next `synced`. */
  lost(reason: string): void;
}

export interface PodWatch {
  /** The time of the last change or bookmark: milliseconds since the epoch; 0: never. */
  readonly heard: number;
  close(): Promise<void>;
}

export interface WatchTimes {
  /** Milliseconds to the first retry, and at most. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** Minimum seconds of a watch; the actual time is up to twice as long, so that nodes do not reconnect at once. */
  readonly stream: number;
  /** Milliseconds without a byte after which a watch counts as dead: a bookmark comes every minute. */
  readonly silence: number;
}

const usual: WatchTimes = { firstWait: 1000, longestWait: 60_000, stream: 300, silence: 150_000 };
/** Maximum pods of a node; the default of kubelets is 110. */
const MOST = 4096;
/** Seconds by which a watch may exceed its timeout. */
const OVERTIME = 30;

/** Consecutive error responses until pods are listed again, in case the resource version is the reason. */
const FAILURES = 3;
/** Statuses with another reason: a restarted server must not have to list pods for all nodes at once. */
const passing: ReadonlySet<number> = new Set([401, 403, 429, 503]);

/** Statuses of a resource version that is too old, or newer than the server's. */
const useless: ReadonlySet<number> = new Set([400, 410, 504]);

/**
 * Watches the pods of one node until it is closed, with retries: lists them, watches from the list's resource version on, and
 * lists again only if the server no longer has that version.
 */
export function watchPods(
  api: Pick<Api, "get" | "follow">,
  node: string,
  sink: PodSink,
  reports: PodReports,
  times: WatchTimes = usual,
): PodWatch {
  const { firstWait, longestWait, stream, silence } = times;
  const stop = new AbortController();
  const path = ["api", "v1", "pods"];
  const fieldSelector = `spec.nodeName=${node}`;
  const known = trackPods(sink);
  /** The resource version to watch from; "" if a list comes first. */
  let version = "";
  /** Whether the server may answer a list from its cache; false after it rejected a version. */
  let cached = true;
  const health = trackHealth(reports);

  async function list(): Promise<void> {
    const listing = known.relist();
    let at = "";
    for await (const page of listPages(api.get, { path, query: { fieldSelector }, signal: stop.signal }, cached)) {
      for (const item of listOf(page.items)) if (isObject(item)) listing.take(item);
      at = textOf(objectOf(page.metadata).resourceVersion);
    }
    if (at === "") throw new Error("its list of pods has no version");
    listing.done();
    version = at;
    cached = true;
    health.synced(known.size);
  }

  async function follow(): Promise<void> {
    const seconds = Math.round(stream * (1 + Math.random()));
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout((seconds + OVERTIME) * 1000)]);
    const query = {
      fieldSelector,
      watch: 1,
      allowWatchBookmarks: true,
      timeoutSeconds: seconds,
      resourceVersion: version,
    };
    await api.follow({ path, query, signal }, { begun: () => health.begun(known.size), silence }, happened);
  }

  function happened(line: JsonObject): void {
    const object = objectOf(line.object);
    if (line.type === "ERROR") throw new ApiError(typeof object.code === "number" ? object.code : 0, object);
    health.hear();
    if (line.type === "DELETED") known.remove(object);
    else if (line.type !== "BOOKMARK") known.take(object);
    version = textOf(objectOf(object.metadata).resourceVersion) || version;
  }

  async function watch(): Promise<void> {
    let wait = firstWait;
    let failures = 0;
    while (!stop.signal.aborted) {
      const began = performance.now();
      let rest = 0;
      try {
        if (version === "") await list();
        await follow();
        failures = 0;
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof ApiError && !passing.has(error.status)) failures++;
        rest = error instanceof ApiError && error.retryAfter !== undefined ? error.retryAfter * 1000 : wait;
        const isUseless = error instanceof ApiError && useless.has(error.status);
        if (!isUseless || version === "") health.lost(error);
        if (isUseless || (version !== "" && failures >= FAILURES)) {
          version = "";
          cached = false;
          failures = 0;
        }
      }
      // A watch that lasted some time was healthy.
      const lasted = performance.now() - began > 10 * firstWait;
      rest = Math.max(rest, lasted ? 0 : wait);
      wait = lasted ? firstWait : Math.min(wait * 2, longestWait);
      await sleep(rest * (0.5 + Math.random() / 2), undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  }

  const work = watch();
  return {
    get heard() {
      return health.heard;
    },
    async close() {
      stop.abort();
      await work;
    },
  };
}

/** Reports a failure once, and the recovery. */
function trackHealth(reports: PodReports) {
  let heard = 0;
  let isLost = false;
  const hear = (): void => {
    heard = Date.now();
  };
  const synced = (pods: number): void => {
    hear();
    isLost = false;
    reports.synced(pods);
  };
  return {
    get heard() {
      return heard;
    },
    hear,
    synced,
    /** A watch has started. */
    begun: (pods: number): void => (isLost ? synced(pods) : hear()),
    lost(error: unknown): void {
      if (!isLost) reports.lost(reasonOf(error));
      isLost = true;
    },
  };
}

/** Passes changes of pods to a sink. */
function trackPods(sink: PodSink) {
  /** UIDs in cgroup paths, by pod UID. */
  let known = new Map<string, string>();

  /** A static pod may be recreated with another UID, but the same cgroup path. */
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
    /** Takes a list of all pods; pods that are not in it have ended once `done` is called. */
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

/** Why pods cannot be read, for the log. */
function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return meanings.get(error.status) ?? `it answered with status ${error.status}`;
  if (error instanceof TransportError) return connectionFailures.get(error.code) ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

const connectionFailures: ReadonlyMap<string, string> = new Map([
  [TIMED_OUT, "it did not answer in time"],
  ["ECONNRESET", "the connection was closed"],
]);

const meanings: ReadonlyMap<number, string> = new Map([
  [0, "it reported an error without a status"],
  [401, "it does not accept the credentials (401)"],
  [403, "it does not allow the request (403)"],
  [410, "the resource version is too old (410)"],
  [429, "it limits the rate of requests (429)"],
]);
