import { ApiError } from "../../transport/kubernetes/error.ts";

export interface RetryTimes {
  /** Time until the first retry, in milliseconds. */
  readonly firstWait: number;
  /** Maximum time until a retry, in milliseconds. */
  readonly longestWait: number;
  /**
   * Time until a retry after status 403, in milliseconds, if different from other errors. Permissions rarely change.
   */
  readonly forbidden?: number;
}

/**
 * Number of consecutive error responses after which objects are listed again, in case the resource version causes the
 * errors.
 */
const FAILURES = 3;
/**
 * Statuses with causes other than the resource version. They must not trigger a list: after a restart of the API
 * server, the agents on all nodes would list objects at once.
 */
const passing: ReadonlySet<number> = new Set([401, 403, 429, 503]);

/** Statuses that indicate a resource version that is too old, or newer than that of the server. */
const useless: ReadonlySet<number> = new Set([400, 410, 504]);

/** Result of an attempt to list and watch. */
export interface Attempt {
  /** The error; undefined if the server ended the watch at its timeout. */
  readonly failure: unknown;
  /** Whether the watch received a change or a bookmark. */
  readonly healthy: boolean;
  /** Whether the watch lasted long enough to count as healthy even if nothing changed. */
  readonly lasted: boolean;
  /** Whether a resource version is known from which the watch can resume. */
  readonly hasVersion: boolean;
}

export interface Next {
  /** Whether the known objects may be out of date. */
  readonly isLost: boolean;
  /** Whether the next attempt starts with a list that is not served from the server's cache. */
  readonly lists: boolean;
  /** Milliseconds until the next attempt, without jitter. */
  readonly rest: number;
}

/** Decides when and how a watch is retried. */
export function openRetry({ firstWait, longestWait, forbidden }: RetryTimes): { after(attempt: Attempt): Next } {
  let wait = firstWait;
  let failures = 0;
  /** Whether objects were listed because of an expired version since the last healthy watch. */
  let relisted = false;

  return {
    after({ failure, healthy, lasted, hasVersion }) {
      if (healthy || lasted) {
        wait = firstWait;
        relisted = false;
      }
      const status = failure instanceof ApiError ? failure.status : undefined;
      if (failure === undefined) failures = 0;
      else if (status !== undefined && !passing.has(status)) failures++;
      const isExpired = status !== undefined && hasVersion && useless.has(status);
      const isLost = failure !== undefined && !isExpired;
      const lists = isExpired || (hasVersion && failures >= FAILURES);
      if (lists) failures = 0;
      if (isExpired && !relisted) {
        relisted = true;
        return { isLost, lists, rest: 0 };
      }
      if (failure === undefined && lasted) return { isLost, lists, rest: 0 };
      const asked = failure instanceof ApiError ? (failure.retryAfter ?? 0) * 1000 : 0;
      const rest = Math.max(asked, (status === 403 ? forbidden : undefined) ?? wait);
      wait = Math.min(wait * 2, longestWait);
      return { isLost, lists, rest };
    },
  };
}
