import { FdTable } from "./fd-table.ts";
import type { Thread } from "./thread.ts";

/** Maximum number of descriptors in the maps of all tables. They take about 200 bytes each. */
const MAX_FAR = 1_048_576;

/** Descriptors in a map, with the tables that share it. */
interface Group {
  readonly tables: FdTable[];
  readonly size: number;
  /** Time at which the newest of the processes started. */
  started: bigint;
}

/**
 * Limits the number of descriptors of all processes together, so that many processes with many descriptors cannot use
 * all memory. Descriptors with small numbers, which are stored in arrays, are not limited.
 */
export class DescriptorLimit {
  /** Number of descriptors that were dropped. */
  dropped = 0;
  private readonly most: number;
  private checkedAt = FdTable.farAdded;

  constructor(most: number = MAX_FAR) {
    this.most = most;
  }

  /** Drops descriptors of some processes if there are too many. Descriptors are counted only after many were added. */
  check(threads: { values(): Iterable<Thread> }): void {
    if (FdTable.farAdded - this.checkedAt < this.most / 4) return;
    this.checkedAt = FdTable.farAdded;
    const groups = groupsOf(threads.values());
    let count = 0;
    for (const { size } of groups) count += size;
    if (count <= this.most) return;
    // Among processes with equally many descriptors, the newest ones lose theirs.
    groups.sort((a, b) => b.size - a.size || (a.started < b.started ? 1 : -1));
    for (const { tables, size } of groups) {
      if (count <= this.most / 2) break;
      for (const table of tables) table.dropFar();
      this.dropped += size;
      count -= size;
    }
  }
}

function groupsOf(threads: Iterable<Thread>): Group[] {
  const groups = new Map<object, Group>();
  for (const { fds, cloneTime } of threads) {
    const far = fds.farDescriptors;
    if (far === undefined) continue;
    const group = groups.get(far.map) ?? { tables: [], size: far.size, started: 0n };
    group.tables.push(fds);
    if (cloneTime > group.started) group.started = cloneTime;
    groups.set(far.map, group);
  }
  return [...groups.values()];
}
