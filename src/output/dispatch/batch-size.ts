/** Size of batches: as many alerts as an output accepts in about a second, so that a retry repeats little. */
export interface BatchSize {
  readonly now: number;
  /** A batch was accepted. */
  took(milliseconds: number, alerts: number): void;
  /** A batch was rejected. */
  shrink(alerts: number): void;
}

const FIRST = 32;
export const MAX_BATCH = 1000;
/** Milliseconds below which the next batch is larger, and above which it is smaller. */
const QUICK = 500;
const SLOW = 2000;
/** Parts that a rejected batch is split into. */
const PARTS = 8;

export function batchSize(first = FIRST): BatchSize {
  let now = first;
  return {
    get now() {
      return now;
    },
    took(milliseconds, alerts) {
      if (milliseconds < QUICK && alerts >= now) now = Math.min(now * 2, MAX_BATCH);
      else if (milliseconds > SLOW) now = Math.max(1, Math.ceil((alerts * QUICK * 2) / milliseconds));
    },
    shrink(alerts) {
      now = Math.max(1, Math.floor(alerts / PARTS));
    },
  };
}
