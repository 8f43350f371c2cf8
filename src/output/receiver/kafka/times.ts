/**
 * Timestamps of messages. Brokers reject a batch with one timestamp too far from their clock
 * (`message.timestamp.before.max.ms`, `message.timestamp.after.max.ms` of a topic). The JSON of the alert has its true time, so an
 * impossible timestamp is replaced by the current time, and further ones if brokers reject them.
 */
export interface KafkaTimes {
  /** The timestamp of each message of a group by the time of its alert, in milliseconds. */
  stamps(times: readonly number[], attempt: number): string[];
  /**
   * A group with these times was rejected for one of them.
   * @param attempt how often it was rejected before
   * @returns whether there is another attempt that may help
   */
  rejected(times: readonly number[], attempt: number): boolean;
}

/** September 2001: earlier timestamps have fewer digits, and Kafka's client sorts timestamps as text. */
const TOO_OLD = 1e12;
/** Brokers accept every message without a timestamp. */
const NONE = "-1";
const ATTEMPTS = ["own", "present", "none"] as const;
/** Milliseconds until rejected timestamps are tried again: the topic's limit or a clock may change. */
const MEMORY = 600_000;

export function kafkaTimes(now: () => number = Date.now): KafkaTimes {
  /** Maximum age in milliseconds; older alerts get the current time. */
  let oldest = Number.POSITIVE_INFINITY;
  /** First attempt of a group: the last one if the local clock is wrong. */
  let first = 0;
  let learned = 0;

  /** Forgets rejections after a while, also if the clock was set back. */
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
      // the next group is likely to be as old: each rejection halves the limit, so that a long backlog costs few
      if (tried === 0) oldest = age / 2;
      if (tried === 1) first = ATTEMPTS.length - 1;
      return tried < ATTEMPTS.length - 1;
    },
  };
}
