import { type AgeClock, type ClockNotice, openAgeClock } from "./age-clock.ts";
import type { Writer } from "./write.ts";

/** Name of the row in the table `state` with the trusted time, in milliseconds since the epoch. */
const TRUSTED_TIME = "trusted_time";

/**
 * An age clock that stores the trusted time in the journal and continues from the time that an earlier process stored.
 */
export interface StoredClock extends Pick<AgeClock, "ahead"> {
  /** The trusted time in milliseconds since the epoch. */
  time(writer: Writer): number;
  store(writer: Writer): void;
}

export function openStoredClock(
  now: () => number,
  sinceBoot: () => number,
  report: (notice: ClockNotice) => void,
): StoredClock {
  const age = openAgeClock(now, sinceBoot, report);
  let isCompared = false;
  return {
    time(writer) {
      const stored = isCompared ? undefined : writer.states(TRUSTED_TIME).get(TRUSTED_TIME);
      isCompared = true;
      if (stored !== undefined) age.startFrom(stored);
      return age.time();
    },
    store: (writer) => writer.setState(TRUSTED_TIME, Math.floor(age.time())),
    get ahead() {
      return age.ahead;
    },
  };
}
