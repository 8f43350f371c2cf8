/** A value with the group to which it belongs. */
interface Entry<T> {
  readonly group: string;
  readonly value: T;
}

/**
 * A bounded map. When it is full, the oldest values of the largest groups are dropped, so that a flood of values from
 * one group only removes values of that group.
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

  /** All values, oldest first. */
  *values(): Generator<T, void> {
    for (const { value } of this.entries.values()) yield value;
  }

  set(key: string, group: string, value: T): void {
    this.entries.delete(key); // keeps the order by age
    if (this.entries.size >= this.most) this.makeRoom();
    this.entries.set(key, { group, value });
  }

  /** Drops several values at once, so that groups are not counted for every new value. */
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

/** When the map is full, one in 64 values is dropped. */
const PART = 64;

/** Size to which the largest groups must shrink so that `wanted` values are dropped. */
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
