/** How many alerts an output is given at once: as many as it takes in about a second, so that little has to be repeated. */
export interface BatchSize {
  readonly now: number;
  /** A batch of so many was taken in so many milliseconds. */
  took(milliseconds: number, alerts: number): void;
  /** A batch of so many was refused. */
  shrink(alerts: number): void;
}

const FIRST = 32;
export const MOST = 1000;
/** Milliseconds below which more are given the next time, and above which fewer are. */
const QUICK = 500;
const SLOW = 2000;
/** A batch that was refused is tried in so many parts. */
const PARTS = 8;

export function batchSize(first = FIRST): BatchSize {
  let now = first;
  return {
    get now() {
      return now;
    },
    took(milliseconds, alerts) {
      if (milliseconds < QUICK && alerts >= now) now = Math.min(now * 2, MOST);
      else if (milliseconds > SLOW) now = Math.max(1, Math.ceil((alerts * QUICK * 2) / milliseconds));
    },
    shrink(alerts) {
      now = Math.max(1, Math.floor(alerts / PARTS));
    },
  };
}
