/** Milliseconds between two looks. */
const LOOK = 50;

/** A clock that stands still while this process is busy: that time is not time without an answer. */
export interface AwakeClock {
  /** Milliseconds. */
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
