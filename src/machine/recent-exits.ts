const SLOTS = 8192;
const MAX_AGE = 2_000_000_000n;

/**
 * Threads that exited lately. The parent's side of a clone may be told after the child has gone; who looks here does not
 * bring the child to life again.
 */
export class RecentExits {
  private readonly tids = new Int32Array(SLOTS).fill(-1);
  private readonly ptids = new Int32Array(SLOTS);
  private readonly times = new BigUint64Array(SLOTS);
  private next = 0;

  /** @param time nanoseconds since the epoch */
  note(tid: number, ptid: number, time: bigint): void {
    this.tids[this.next] = tid;
    this.ptids[this.next] = ptid;
    this.times[this.next] = time;
    this.next = (this.next + 1) % SLOTS;
  }

  has(tid: number, ptid: number, time: bigint): boolean {
    for (let i = this.tids.indexOf(tid | 0); i >= 0; i = this.tids.indexOf(tid | 0, i + 1)) {
      const age = time - this.times[i];
      if (this.ptids[i] === (ptid | 0) && age >= 0n && age < MAX_AGE) return true;
    }
    return false;
  }

  clear(): void {
    this.tids.fill(-1);
  }
}
