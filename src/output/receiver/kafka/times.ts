/**
 * Which times messages carry. Brokers reject a whole batch for one message whose time is too far from their own
 * (`message.timestamp.before.max.ms`, `message.timestamp.after.max.ms` of a topic), which only the alert's own JSON has to be
 * true to. So a time that can't be right is replaced by the present one, and where brokers reject more, others are too.
 */
export interface KafkaTimes {
  /** The timestamp of each message of a group, whose alerts were raised at these times: milliseconds, as Kafka's client takes them. */
  stamps(times: readonly number[], attempt: number): string[];
  /**
   * A group with these times was rejected for one of them.
   * @param attempt how often it was rejected before
   * @returns whether there is another attempt that may help
   */
  rejected(times: readonly number[], attempt: number): boolean;
}

/** Before September 2001, for which a time has fewer digits: Kafka's client puts times in order as texts. */
const TOO_OLD = 1e12;
/** Messages without a time are rejected by no broker. */
const NONE = "-1";
const ATTEMPTS = ["own", "present", "none"] as const;
/** Milliseconds for which it is remembered what was rejected: the topic's limit may be raised, a clock set right. */
const MEMORY = 600_000;

export function kafkaTimes(now: () => number = Date.now): KafkaTimes {
  /** Older alerts than this get the present time. */
  let oldest = Number.POSITIVE_INFINITY;
  /** Which attempt groups begin with: the last one where our own clock is wrong. */
  let first = 0;
  let learned = 0;

  /** Forgets in time; a clock that was set back is no reason to remember longer. */
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
      // The next group is likely to be as old: each rejection halves what is tried, so that a long backlog costs few of them.
      if (tried === 0) oldest = age / 2;
      if (tried === 1) first = ATTEMPTS.length - 1;
      return tried < ATTEMPTS.length - 1;
    },
  };
}
