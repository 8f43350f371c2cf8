/** Adapts the batch size to about one second per delivery, so that a retry repeats few alerts. */
export interface BatchSize {
  readonly now: number;
  /** Reports an accepted batch and its duration. */
  took(milliseconds: number, alerts: number): void;
  /** Reports a rejected batch. */
  shrink(alerts: number): void;
}

const FIRST = 32;
/** Default maximum. */
export const MAX_BATCH = 1000;
/**
 * Durations in milliseconds. A delivery that is faster than `QUICK` increases the batch size; one that is slower than
 * `SLOW` decreases it.
 */
const QUICK = 500;
const SLOW = 2000;
/** Number of parts into which a rejected batch is split. */
const PARTS = 8;

/** @param most maximum size */
export function batchSize(most: number = MAX_BATCH, first: number = FIRST): BatchSize {
  let now = first;
  return {
    get now() {
      return now;
    },
    took(milliseconds, alerts) {
      if (milliseconds < QUICK && alerts >= now) now = Math.min(now * 2, most);
      else if (milliseconds > SLOW) now = Math.max(1, Math.ceil((alerts * QUICK * 2) / milliseconds));
    },
    shrink(alerts) {
      now = Math.max(1, Math.floor(alerts / PARTS));
    },
  };
}
