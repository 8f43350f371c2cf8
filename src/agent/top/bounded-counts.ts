/** An entry of {@link BoundedCounts}. */
export interface Counted {
  /** Estimated number of events. */
  events: number;
  alerts: number;
}

/**
 * Entries by key, with a maximum number. When the maximum is reached, the half with the fewest alerts and events is
 * removed.
 */
export class BoundedCounts<Entry extends Counted> {
  private readonly entries = new Map<string, Entry>();
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Returns the entry of a key, which is added if it is missing. */
  entry(key: string, create: () => Entry): Entry {
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    if (this.entries.size >= this.limit) this.shrink();
    const added = create();
    this.entries.set(key, added);
    return added;
  }

  values(): Iterable<Entry> {
    return this.entries.values();
  }

  /** Removes many entries at once, so that the cost of sorting is small per added entry. */
  private shrink(): void {
    const order = [...this.entries].sort(([, a], [, b]) => a.alerts - b.alerts || a.events - b.events);
    for (const [key] of order.slice(0, Math.ceil(order.length / 2))) this.entries.delete(key);
  }
}
