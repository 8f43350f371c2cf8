import { getHeapStatistics } from "node:v8";

/** Memory for requests in progress: bodies and parsed values. */
export interface RequestMemory {
  /** Maximum total size of all requests, in bytes. */
  readonly limit: number;
  /** Bytes in use. */
  readonly used: number;
  /**
   * Opens the memory of one request.
   * @param evict ends the request while its body is incomplete, to free its memory for other requests
   */
  open(evict?: () => void): RequestShare;
}

/** The memory of one request. */
export interface RequestShare {
  /** Reserves bytes. @returns false if the limit is reached */
  take(bytes: number): boolean;
  /** Whether the bytes would be available if this were the only request. */
  couldTake(bytes: number): boolean;
  /** Releases some of the reserved bytes. */
  give(bytes: number): void;
  /** Records that a part of the body arrived. */
  progress(): void;
  /** Records that the body is complete. The request is no longer evicted. */
  complete(): void;
  /** Releases all bytes. */
  close(): void;
}

const MiB = 1 << 20;
/** The limit is the maximum heap size divided by `HEAP_SHARE`, but at least `LEAST` and at most `MOST` bytes. */
const HEAP_SHARE = 4;
const LEAST = 16 * MiB;
const MOST = 256 * MiB;
/** Times in milliseconds, without data and since the start, after which an incomplete body may be evicted. */
const SILENT = 1000;
const SLOW = 5000;

interface Incoming {
  readonly started: number;
  active: number;
  readonly evict: () => void;
}

/** The limit for this process: a quarter of the maximum heap size, but at least 16 MiB and at most 256 MiB. */
export function memoryLimit(heap = getHeapStatistics().heap_size_limit): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor(heap / HEAP_SHARE)));
}

/**
 * Accounts for memory. When the limit is reached, incomplete bodies of slow clients are evicted before a request is
 * rejected.
 * @param now milliseconds
 */
export function openRequestMemory(limit = memoryLimit(), now: () => number = () => performance.now()): RequestMemory {
  let used = 0;
  /** Incomplete bodies, least recently active first. */
  const incoming = new Set<Incoming>();

  /** Evicts slow bodies other than `own` until enough memory is available. */
  function makeRoom(bytes: number, own: Incoming | undefined): boolean {
    if (bytes > limit) return false;
    const time = now();
    for (const each of incoming) {
      if (used + bytes <= limit) break;
      if (each === own || (time - each.active < SILENT && time - each.started < SLOW)) continue;
      incoming.delete(each);
      each.evict(); // releases the memory of the request
    }
    return used + bytes <= limit;
  }

  return {
    limit,
    get used() {
      return used;
    },
    open(evict) {
      let taken = 0;
      const time = now();
      const own: Incoming | undefined = evict && { started: time, active: time, evict };
      if (own !== undefined) incoming.add(own);
      return {
        take(bytes) {
          if (used + bytes > limit && !makeRoom(bytes, own)) return false;
          used += bytes;
          taken += bytes;
          return true;
        },
        couldTake: (bytes) => taken + bytes <= limit,
        give(bytes) {
          used -= bytes;
          taken -= bytes;
        },
        progress() {
          if (own === undefined || !incoming.delete(own)) return;
          own.active = now();
          incoming.add(own);
        },
        complete() {
          if (own !== undefined) incoming.delete(own);
        },
        close() {
          if (own !== undefined) incoming.delete(own);
          used -= taken;
          taken = 0;
        },
      };
    },
  };
}

let shared: RequestMemory | undefined;

/** The memory shared by all listeners of this thread. */
export function sharedMemory(): RequestMemory {
  shared ??= openRequestMemory();
  return shared;
}
