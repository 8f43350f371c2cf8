import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type JsonObject } from "../../event/document.ts";
import { TransportError } from "../../transport/http/error.ts";
import { ApiError, TIMED_OUT } from "../../transport/kubernetes/error.ts";
import { listOf, objectOf, textOf } from "../runtime/oci-spec.ts";
import type { Api } from "./api.ts";
import { podFrom, type ToldPod } from "./pod.ts";

/** Takes what is told of pods. */
export interface PodSink {
  put(told: ToldPod): void;
  /** Pods that are gone, by the uids of their cgroups. */
  end(cgroupUid: string): void;
}

export interface PodReports {
  /** All pods of this node are known now, or known again. */
  synced(pods: number): void;
  /** Nothing is told at the moment; it is tried again. Said once until the next `synced`. */
  lost(reason: string): void;
}

export interface PodWatch {
  /** When pods were last told of, or it was said that there is nothing to tell: milliseconds since the epoch; 0: never. */
  readonly heard: number;
  close(): Promise<void>;
}

export interface WatchTimes {
  /** Milliseconds until a server that failed is tried again, and at most. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** Seconds that one stream lasts at least; some last twice as long, so that not all nodes come back at once. */
  readonly stream: number;
  /** Milliseconds without a word after which a stream is taken for dead: a bookmark comes every minute. */
  readonly silence: number;
}

const usual: WatchTimes = { firstWait: 1000, longestWait: 60_000, stream: 300, silence: 150_000 };
/** Pods of a node at most: kubelets run 110 if not told otherwise. */
const MOST = 4096;
/** Pods of one answer. */
const PAGE = 500;
/** Seconds after the end of a stream, as agreed, that it may still hang. */
const OVERTIME = 30;

/** Answers in a row that are errors before everything is listed anew, in case the version gone on from is the reason. */
const FAILURES = 3;
/** Errors for which it is not: a server that is back after a while must not have to list everything for everybody. */
const passing: ReadonlySet<number> = new Set([401, 403, 429, 503]);

/** What says that a version is of no use any more: it is too old, or newer than what the server has. */
const useless: ReadonlySet<number> = new Set([400, 410, 504]);

/**
 * Watches the pods of one node until it is closed, whatever becomes of the server: lists them, follows what happens from
 * there on, and lists again only where the server has forgotten what came since.
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
  /** The pods that there are: the uids of their cgroups by their own. */
  let there = new Map<string, string>();
  /** From where it goes on; "" where everything is to be listed first. */
  let version = "";
  /** Whether the server may answer a list from its memory: what it has said before to be too old it must look up. */
  let cached = true;
  let heard = 0;
  let isLost = false;

  async function list(): Promise<void> {
    const now = new Map<string, string>();
    let next = "";
    let at = "";
    do {
      const from = next === "" ? (cached ? { resourceVersion: 0 } : {}) : { continue: next };
      const page: JsonObject = await api.get({ path, query: { fieldSelector, limit: PAGE, ...from } });
      for (const item of listOf(page.items)) if (isObject(item)) take(item, now);
      at = textOf(objectOf(page.metadata).resourceVersion);
      next = textOf(objectOf(page.metadata).continue);
    } while (next !== "" && !stop.signal.aborted);
    if (at === "") throw new Error("its list of pods has no version");
    const before = new Set(there.values());
    there = now;
    for (const cgroupUid of before) endUnlessKept(cgroupUid);
    version = at;
    cached = true;
    isLost = false;
    heard = Date.now();
    reports.synced(there.size);
  }

  /** A pod from a file may have come back under another uid, with the cgroups of before. */
  function endUnlessKept(cgroupUid: string): void {
    for (const each of there.values()) if (each === cgroupUid) return;
    sink.end(cgroupUid);
  }

  function take(item: JsonObject, pods: Map<string, string>): void {
    const told = podFrom(item);
    if (told === undefined || (pods.size >= MOST && !pods.has(told.pod.uid))) return;
    pods.set(told.pod.uid, told.pod.cgroupUid);
    sink.put(told);
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
    const begun = (): void => {
      heard = Date.now();
      if (!isLost) return;
      isLost = false;
      reports.synced(there.size);
    };
    await api.follow({ path, query, signal }, { begun, silence }, happened);
  }

  function happened(line: JsonObject): void {
    const object = objectOf(line.object);
    if (line.type === "ERROR") {
      throw new ApiError(typeof object.code === "number" ? object.code : 0, object);
    }
    heard = Date.now();
    if (line.type === "DELETED") {
      const told = podFrom(object);
      if (told !== undefined && there.delete(told.pod.uid)) endUnlessKept(told.pod.cgroupUid);
    } else if (line.type !== "BOOKMARK") take(object, there);
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
        if (!isUseless || version === "") lost(error);
        if (isUseless || (version !== "" && failures >= FAILURES)) {
          version = "";
          cached = false;
          failures = 0;
        }
      }
      // A stream that has lasted a while says that all is well.
      const lasted = performance.now() - began > 10 * firstWait;
      rest = Math.max(rest, lasted ? 0 : wait);
      wait = lasted ? firstWait : Math.min(wait * 2, longestWait);
      await sleep(rest * (0.5 + Math.random() / 2), undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  }

  function lost(error: unknown): void {
    if (!isLost) reports.lost(reasonOf(error));
    isLost = true;
  }

  const work = watch();
  return {
    get heard() {
      return heard;
    },
    async close() {
      stop.abort();
      await work;
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
