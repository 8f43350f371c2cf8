import { TICK } from "./proc.ts";

/** Maximum number of boot times. The oldest are removed. */
const MOST = 100;

/**
 * Boot times, in nanoseconds since the epoch, oldest first. There is one until the clock of the machine is set. The
 * start time of a process in an alert is relative to the boot time at its start.
 */
export interface BootTimes {
  /** Reads the clock, and returns all boot times so far. */
  read(): readonly bigint[];
}

/** @param now returns the boot time according to the clock */
export function openBootTimes(now: () => bigint): BootTimes {
  const known = [now()];
  return {
    read() {
      const current = now();
      const at = known.findIndex((each) => isNear(each, current, TICK));
      // The later of similar times is kept, so that no process appears older than it is.
      if (at < 0) known.push(current);
      else if (current > (known[at] ?? 0n)) known[at] = current;
      if (known.length > MOST) known.shift();
      return known;
    },
  };
}

/** Whether two times differ by at most `most`. */
export function isNear(one: bigint, other: bigint, most: bigint): boolean {
  return one - other <= most && other - one <= most;
}

/** Returns the latest of several times. */
export function latestOf(times: readonly bigint[]): bigint {
  let latest = 0n;
  for (const time of times) if (time > latest) latest = time;
  return latest;
}
