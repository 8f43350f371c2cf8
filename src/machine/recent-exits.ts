const SLOTS = 8192;
const MAX_AGE = 2_000_000_000n;

/**
 * Threads that exited recently. They prevent the clone event of a parent from recreating a child that has already
 * exited.
 */
export class RecentExits {
  private readonly tids = new Int32Array(SLOTS).fill(-1);
  private readonly creators = new Int32Array(SLOTS);
  private readonly times = new BigUint64Array(SLOTS);
  /** Slot of the latest exit, by thread ID. */
  private readonly slots = new Map<number, number>();
  private next = 0;

  /**
   * Notes an exit.
   * @param creator process of an exited thread, parent of an exited process
   * @param time nanoseconds since the epoch
   */
  note(tid: number, creator: number, time: bigint): void {
    const slot = this.next;
    if (this.slots.get(this.tids[slot]!) === slot) this.slots.delete(this.tids[slot]!);
    this.tids[slot] = tid;
    this.creators[slot] = creator;
    this.times[slot] = time;
    this.slots.set(tid | 0, slot);
    this.next = (slot + 1) % SLOTS;
  }

  has(tid: number, creator: number, time: bigint): boolean {
    const slot = this.slots.get(tid | 0);
    if (slot === undefined || this.creators[slot] !== (creator | 0)) return false;
    const age = time - this.times[slot]!;
    return age >= 0n && age < MAX_AGE;
  }

  clear(): void {
    this.slots.clear();
    this.tids.fill(-1);
  }
}
