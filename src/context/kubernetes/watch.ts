import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type JsonObject } from "../../event/document.ts";
import { TransportError } from "../../transport/http/error.ts";
import { ApiError, TIMED_OUT } from "../../transport/kubernetes/error.ts";
import { listPages } from "../../transport/kubernetes/list.ts";
import type { Path } from "../../transport/kubernetes/path.ts";
import { listOf, objectOf, textOf } from "../runtime/oci-spec.ts";
import type { Api } from "./api.ts";
import { openRetry, type RetryTimes } from "./retry.ts";

/** A set of objects that a watch keeps up to date. */
export interface Collection {
  readonly size: number;
  take(item: JsonObject): void;
  remove(item: JsonObject): void;
  /**
   * Starts a full list. `done` is called at its end, and removes all objects that were not in the list, including those
   * of earlier lists that failed.
   */
  relist(): { take(item: JsonObject): void; done(): void };
}

/** The objects to watch. */
export interface Watched {
  /** Name of the objects in error messages. */
  readonly what: string;
  readonly path: Path;
  readonly fieldSelector?: string;
  /** Whether to request only metadata. */
  readonly metadataOnly?: boolean;
}

export interface WatchReports {
  /** Called when all objects are known, initially or again after a failure. */
  synced(count: number): void;
  /** Called when the watch has failed and will be retried. Not called again before the next `synced`. */
  lost(reason: string): void;
}

export interface Watch {
  /**
   * Time of the last list, start of a watch, change or bookmark, in milliseconds since the epoch; 0 if there was none.
   */
  readonly lastMessage: number;
  close(): Promise<void>;
}

export interface WatchTimes extends RetryTimes {
  /**
   * Minimum duration of a watch, in seconds. The actual duration is up to twice as long, so that not all nodes
   * reconnect at the same time.
   */
  readonly stream: number;
  /**
   * Time without data after which a watch is considered broken, in milliseconds. The server sends a bookmark every
   * minute.
   */
  readonly silence: number;
}

export const usualTimes: WatchTimes = { firstWait: 1000, longestWait: 60_000, stream: 300, silence: 150_000 };
/** Multiples of `firstWait`, after which a resumed watch counts as recovered, and any watch as healthy. */
const [CONFIRMATION, HEALTHY] = [2, 10];
/** Seconds by which a watch may exceed its timeout. */
const OVERTIME = 30;

/**
 * Lists and watches objects until it is closed. After a failure, the watch resumes from the last resource version.
 * Objects are listed again only if the server no longer has that version, or after several error responses.
 */
export function watchCollection(
  api: Pick<Api, "get" | "follow">,
  { what, path, fieldSelector, metadataOnly = false }: Watched,
  known: Collection,
  reports: WatchReports,
  times: WatchTimes = usualTimes,
): Watch {
  const { firstWait, stream, silence } = times;
  const stop = new AbortController();
  const selected = fieldSelector === undefined ? {} : { fieldSelector };
  /** The resource version at which the watch starts; "" if objects must be listed first. */
  let version = "";
  /**
   * Whether the server may serve a list from its cache. False after errors that the resource version may have caused.
   */
  let cached = true;
  /** Whether the server has sent a change or a bookmark in the current watch. */
  let healthy = false;
  const health = trackHealth(reports);

  async function list(): Promise<void> {
    const listing = known.relist();
    let at = "";
    const only = metadataOnly ? ({ metadataOnly: "list" } as const) : {};
    const call = { path, query: selected, ...only, signal: stop.signal };
    for await (const page of listPages(api.get, call, cached)) {
      for (const item of listOf(page.items)) if (isObject(item)) listing.take(item);
      at = textOf(objectOf(page.metadata).resourceVersion);
    }
    if (at === "") throw new Error(`the list of ${what} has no resourceVersion`);
    listing.done();
    version = at;
    cached = true;
    health.synced(known.size);
  }

  async function follow(): Promise<void> {
    const seconds = Math.round(stream * (1 + Math.random()));
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout((seconds + OVERTIME) * 1000)]);
    const query = {
      ...selected,
      watch: 1,
      allowWatchBookmarks: true,
      timeoutSeconds: seconds,
      resourceVersion: version,
    };
    // If the resource version has expired, the server accepts the watch first and then sends the error as an event.
    let timer: NodeJS.Timeout | undefined;
    const begun = (): void => {
      health.hear();
      timer = setTimeout(() => health.recovered(known.size), CONFIRMATION * firstWait).unref();
    };
    try {
      const only = metadataOnly ? ({ metadataOnly: "object" } as const) : {};
      await api.follow({ path, query, ...only, signal }, { begun, silence }, happened);
    } finally {
      clearTimeout(timer);
    }
  }

  function happened(line: JsonObject): void {
    const object = objectOf(line.object);
    if (line.type === "ERROR") throw new ApiError(typeof object.code === "number" ? object.code : 0, object);
    health.hear();
    healthy = true;
    if (line.type === "DELETED") known.remove(object);
    else if (line.type !== "BOOKMARK") known.take(object);
    version = textOf(objectOf(object.metadata).resourceVersion) || version;
  }

  async function watch(): Promise<void> {
    const retry = openRetry(times);
    while (!stop.signal.aborted) {
      const began = performance.now();
      let failure: unknown;
      healthy = false;
      try {
        if (version === "") await list();
        await follow();
      } catch (error) {
        if (stop.signal.aborted) return;
        failure = error;
      }
      const lasted = performance.now() - began > HEALTHY * firstWait;
      const { isLost, lists, rest } = retry.after({ failure, healthy, lasted, hasVersion: version !== "" });
      if (isLost) health.lost(failure);
      if (lists) {
        version = "";
        cached = false;
      }
      if (rest === 0) continue;
      await sleep(rest * (0.5 + Math.random() / 2), undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  }

  const work = watch();
  return {
    get lastMessage() {
      return health.lastMessage;
    },
    async close() {
      stop.abort();
      await work;
    },
  };
}

/** Reports a failure only once until the recovery, and each recovery once. */
function trackHealth(reports: WatchReports) {
  let lastMessage = 0;
  let isLost = false;
  const hear = (): void => {
    lastMessage = Date.now();
  };
  const synced = (count: number): void => {
    hear();
    isLost = false;
    reports.synced(count);
  };
  return {
    get lastMessage() {
      return lastMessage;
    },
    hear,
    synced,
    /** Called when a watch was resumed successfully, so the resource version is still valid. */
    recovered(count: number): void {
      if (isLost) synced(count);
    },
    lost(error: unknown): void {
      if (!isLost) reports.lost(reasonOf(error));
      isLost = true;
    },
  };
}

/** Returns the reason why objects cannot be read, for log messages. */
function reasonOf(error: unknown): string {
  if (error instanceof ApiError)
    return meanings.get(error.status) ?? `the server responded with status ${error.status}`;
  if (error instanceof TransportError) return connectionFailures.get(error.code) ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

const connectionFailures: ReadonlyMap<string, string> = new Map([
  [TIMED_OUT, "the server did not respond in time"],
  ["ECONNRESET", "the connection was closed"],
]);

const meanings: ReadonlyMap<number, string> = new Map([
  [0, "the server reported an error without a status"],
  [401, "the server does not accept the credentials (401)"],
  [403, "the server does not allow the request (403)"],
  [410, "the resource version is too old (410)"],
  [429, "the server limits the rate of requests (429)"],
]);
