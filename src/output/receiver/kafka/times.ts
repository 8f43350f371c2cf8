/**
 * Timestamps of messages. Brokers reject a whole batch if one timestamp is too far from their clock
 * (`message.timestamp.before.max.ms`, `message.timestamp.after.max.ms` of a topic). Since the JSON contains the
 * original time, the current time replaces implausible timestamps and timestamps that brokers reject.
 */
export interface KafkaTimes {
  /**
   * Returns the message timestamps for alert times in milliseconds.
   * @param attempt number of previous rejections
   */
  stamps(times: readonly number[], attempt: number): string[];
  /**
   * Reports that brokers rejected a group because of its timestamps.
   * @param attempt number of previous rejections
   * @returns whether another attempt may succeed
   */
  rejected(times: readonly number[], attempt: number): boolean;
}

/** September 2001. Earlier timestamps have fewer digits, and the Kafka client sorts timestamps as text. */
const TOO_OLD = 1e12;
/** No timestamp, which brokers always accept. */
const NONE = "-1";
const ATTEMPTS = ["own", "present", "none"] as const;
/**
 * Time until original timestamps are used again, in milliseconds. The topic's limit or a clock may have changed by
 * then.
 */
const MEMORY = 600_000;

export function kafkaTimes(now: () => number = Date.now): KafkaTimes {
  /** Maximum age in milliseconds. Older alerts get the current time. */
  let oldest = Number.POSITIVE_INFINITY;
  /** Index of the first kind of timestamp to try for a group. It is the last kind if the local clock is wrong. */
  let first = 0;
  let learned = 0;

  /** Resets the limits after a while, or if the clock was set back. */
  function forget(present: number): void {
    if (Math.abs(present - learned) < MEMORY) return;
    oldest = Number.POSITIVE_INFINITY;
    first = 0;
  }

  return {
    stamps(times, attempt) {
      const present = now();
      forget(present);
      const kind = ATTEMPTS[Math.max(attempt, first)];
      if (kind === "none") return times.map(() => NONE);
      const own = (time: number) => kind === "own" && time >= TOO_OLD && time <= present && present - time <= oldest;
      return times.map((time) => String(own(time) ? time : present));
    },
    rejected(times, attempt) {
      const present = now();
      learned = present;
      const tried = Math.max(attempt, first);
      const age = present - Math.min(...times.filter((time) => time >= TOO_OLD && present - time <= oldest), present);
      // the next group probably has a similar age; halving the limit keeps the number of rejections low for a long
      // backlog
      if (tried === 0) oldest = age / 2;
      if (tried === 1) first = ATTEMPTS.length - 1;
      return tried < ATTEMPTS.length - 1;
    },
  };
}
