/**
 * Time after an alert in which subsequent alerts with the same key are only counted, in milliseconds, and maximum
 * number of keys.
 */
const [WINDOW, MAX_KEYS] = [60_000, 64];

/** Counts repeated alerts by key, so that an attacker cannot flood the outputs with alerts about the agent. */
export class Repeats {
  private readonly until = new Map<string, { end: number; count: number }>();

  /**
   * Decides whether an alert is raised.
   * @returns the number of alerts suppressed since the last alert with this key; undefined if this alert must be
   * suppressed
   */
  take(key: string, now: number): number | undefined {
    const known = this.until.get(key);
    if (known !== undefined && now < known.end) {
      known.count++;
      return undefined;
    }
    this.until.delete(key);
    if (this.until.size >= MAX_KEYS) {
      for (const [other, { end }] of this.until) if (now >= end) this.until.delete(other);
      if (this.until.size >= MAX_KEYS) return key === OTHER ? undefined : this.take(OTHER, now);
    }
    this.until.set(key, { end: now + WINDOW, count: 0 });
    return known?.count ?? 0;
  }
}

/** Key that alerts share once the maximum number of keys is reached. */
const OTHER = "";
