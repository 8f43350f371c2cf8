/** A value with the group that it counts for. */
interface Entry<T> {
  readonly group: string;
  readonly value: T;
}

/**
 * A bounded map. If it is full, the oldest values of the largest group are dropped: a group that floods it displaces none
 * but its own.
 */
export class FairMap<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly most: number;

  /** @param most maximum number of values, at least 8 */
  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: string): T | undefined {
    return this.entries.get(key)?.value;
  }

  /** All values, the oldest first. */
  *values(): Generator<T, void> {
    for (const { value } of this.entries.values()) yield value;
  }

  set(key: string, group: string, value: T): void {
    this.entries.delete(key); // the newest are last
    if (this.entries.size >= this.most) this.makeRoom();
    this.entries.set(key, { group, value });
  }

  /** Drops an eighth of the largest group, so that a flood does not count the groups each time. */
  private makeRoom(): void {
    const counts = new Map<string, number>();
    for (const { group } of this.entries.values()) counts.set(group, (counts.get(group) ?? 0) + 1);
    let largest = "";
    for (const [group, count] of counts) if (count > (counts.get(largest) ?? 0)) largest = group;
    let left = Math.ceil((counts.get(largest) ?? 0) / 8);
    for (const [key, { group }] of this.entries) {
      if (left === 0) return;
      if (group !== largest) continue;
      this.entries.delete(key);
      left--;
    }
  }
}
