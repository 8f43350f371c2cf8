/** Interval between two readings of the clock, in milliseconds. */
const LOOK = 50;

/**
 * A clock that stops while this process is busy: a busy process cannot receive responses, so busy time is not a hang.
 */
export interface AwakeClock {
  /** Returns the time in milliseconds. */
  now(): number;
  stop(): void;
}

export function startAwakeClock(): AwakeClock {
  let busy = 0;
  let looked = performance.now();
  const look = setInterval(() => {
    const now = performance.now();
    busy += Math.max(0, now - looked - 2 * LOOK);
    looked = now;
  }, LOOK);
  return { now: () => performance.now() - busy, stop: () => clearInterval(look) };
}
