/** A value with the group that it counts for. */
interface Entry<T> {
  readonly group: string;
  readonly value: T;
}

/**
 * A bounded map. If it is full, the oldest values of the largest groups are dropped: a group that floods it displaces none
 * but its own.
 */
export class FairMap<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly most: number;

  /** @param most maximum number of values */
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

  /** Drops a part of the values at once, so that a flood does not count the groups each time. */
  private makeRoom(): void {
    const counts = new Map<string, number>();
    for (const { group } of this.entries.values()) counts.set(group, (counts.get(group) ?? 0) + 1);
    const wanted = Math.ceil(this.entries.size / PART);
    const rest = restFor(wanted, [...counts.values()]);
    let left = wanted;
    for (const [key, { group }] of this.entries) {
      if (left === 0) return;
      const count = counts.get(group) ?? 0;
      if (count <= rest) continue;
      counts.set(group, count - 1);
      this.entries.delete(key);
      left--;
    }
  }
}

/** The part of the values that are dropped at once. */
const PART = 64;

/** The number of values to which the largest groups have to shrink so that so many are dropped. */
function restFor(wanted: number, counts: number[]): number {
  const sorted = counts.sort((a, b) => b - a);
  let sum = 0;
  for (const [i, count] of sorted.entries()) {
    sum += count;
    const rest = Math.floor((sum - wanted) / (i + 1));
    if (rest >= (sorted[i + 1] ?? 0)) return rest;
  }
  return 0;
}
