import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type JsonObject } from "../../event/document.ts";
import { TransportError } from "../../transport/http/error.ts";
import { ApiError, TIMED_OUT } from "../../transport/kubernetes/error.ts";
import { listPages } from "../../transport/kubernetes/list.ts";
import { listOf, objectOf, textOf } from "../runtime/oci-spec.ts";
import type { Api } from "./api.ts";
import { podFrom, type ToldPod } from "./pod.ts";

/** Gets the pods of a node as they come and go. */
export interface PodSink {
  put(told: ToldPod): void;
  /** A pod has ended; by the uid of its cgroup. */
  end(cgroupUid: string): void;
}

export interface PodReports {
  /** All pods of this node are known, or known again. */
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
  /** Seconds that one watch lasts at least; some last twice as long, so that not all nodes come back at once. */
  readonly stream: number;
  /** Milliseconds without a byte after which a watch counts as dead: a bookmark comes every minute. */
  readonly silence: number;
}

const usual: WatchTimes = { firstWait: 1000, longestWait: 60_000, stream: 300, silence: 150_000 };
/** Pods of a node at most: kubelets run 110 if not told otherwise. */
const MOST = 4096;
/** Seconds by which a watch may outlast the time that was agreed. */
const OVERTIME = 30;

/** Error responses in a row until everything is listed again, in case the resource version is the reason. */
const FAILURES = 3;
/** Statuses for which it is not: a server that comes back must not have to list everything for all nodes. */
const passing: ReadonlySet<number> = new Set([401, 403, 429, 503]);

/** Statuses of a resource version that is too old, or newer than the server's. */
const useless: ReadonlySet<number> = new Set([400, 410, 504]);

/**
 * Watches the pods of one node until it is closed, with retries: lists them, watches from the list's resource version on, and
 * lists again only where the server no longer has that version.
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
  /** The resource version to watch from; "" where a list comes first. */
  let version = "";
  /** Whether the server may answer a list from its cache: not after it rejected a version. */
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
      // A watch that lasted a while was healthy.
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

/** Reports a loss once, and the recovery from it. */
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
    /** A watch has begun. */
    begun: (pods: number): void => (isLost ? synced(pods) : hear()),
    lost(error: unknown): void {
      if (!isLost) reports.lost(reasonOf(error));
      isLost = true;
    },
  };
}

/** Tells a sink of the pods that come and go. */
function trackPods(sink: PodSink) {
  /** The uids of their cgroups by their own. */
  let known = new Map<string, string>();

  /** A pod from a file may have come back under another uid, with the same cgroups. */
  function endUnlessKept(cgroupUid: string): void {
    for (const each of known.values()) if (each === cgroupUid) return;
    sink.end(cgroupUid);
  }

  function take(item: JsonObject, pods: Map<string, string>): void {
    const told = podFrom(item);
    if (told === undefined || (pods.size >= MOST && !pods.has(told.pod.uid))) return;
    pods.set(told.pod.uid, told.pod.cgroupUid);
    sink.put(told);
  }

  return {
    get size() {
      return known.size;
    },
    take: (item: JsonObject) => take(item, known),
    remove(item: JsonObject): void {
      const told = podFrom(item);
      if (told !== undefined && known.delete(told.pod.uid)) endUnlessKept(told.pod.cgroupUid);
    },
    /** A list of all pods: pods that are not in it have ended once it is `done`. */
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
  ["ECONNRESET", "the connection broke off"],
]);

const meanings: ReadonlyMap<number, string> = new Map([
  [0, "it speaks of an error that it does not name"],
  [401, "it does not know us (401)"],
  [403, "we may not read that (403)"],
  [410, "what came since is no longer there (410)"],
  [429, "it has too much to do (429)"],
]);
