import type { Machine } from "../../../machine/machine.ts";
import { ThreadRepair } from "../../../machine/thread-repair.ts";

/** Interval between steps, in milliseconds. */
const PAUSE = 100;

/** Corrects the state of threads after dropped events, in steps between events. */
export class Repair {
  private readonly threads: ThreadRepair;
  private evaluated = 0;
  private next = Number.POSITIVE_INFINITY;

  constructor(machine: Machine) {
    this.threads = new ThreadRepair(machine);
  }

  /** Starts a correction because events were dropped. */
  begin(now: number): void {
    this.threads.begin();
    this.next = now;
  }

  /**
   * Records the time of the last evaluated event.
   * @param time nanoseconds since the epoch
   */
  seen(time: number): void {
    this.evaluated = time;
  }

  /** Performs a step if a step is due. @returns the time of the next step */
  check(now: number): number {
    if (now < this.next) return this.next;
    this.threads.step(Date.now() * 1e6, this.evaluated);
    this.next = this.threads.isBusy ? now + PAUSE : Number.POSITIVE_INFINITY;
    return this.next;
  }
}
