import { ApiError } from "../../transport/kubernetes/error.ts";

export interface RetryTimes {
  /** Milliseconds to the first retry, and at most. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** Milliseconds to the next attempt after 403, if it differs: permissions change seldom. */
  readonly forbidden?: number;
}

/** Consecutive error responses until pods are listed again, in case the resource version is the reason. */
const FAILURES = 3;
/** Statuses with another reason: a restarted server must not have to list pods for all nodes at once. */
const passing: ReadonlySet<number> = new Set([401, 403, 429, 503]);

/** Statuses of a resource version that is too old, or newer than the server's. */
const useless: ReadonlySet<number> = new Set([400, 410, 504]);

/** How an attempt to list and watch has ended. */
export interface Attempt {
  /** Undefined: the server ended the watch when its time was over. */
  readonly failure: unknown;
  /** Whether the watch has delivered something. */
  readonly healthy: boolean;
  /** Whether it lasted some time, so that it was healthy as well. */
  readonly lasted: boolean;
  /** Whether there is a resource version to resume from. */
  readonly hasVersion: boolean;
}

export interface Next {
  /** Whether objects are no longer up to date. */
  readonly isLost: boolean;
  /** Whether the next attempt begins with a list, not from the server's cache. */
  readonly lists: boolean;
  /** Milliseconds until the next attempt, without jitter. */
  readonly rest: number;
}

/** Decides when and how a watch is retried. */
export function openRetry({ firstWait, longestWait, forbidden }: RetryTimes): { after(attempt: Attempt): Next } {
  let wait = firstWait;
  let failures = 0;
  /** Whether a list followed an expired version since the last healthy watch. */
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
