import type { Machine } from "./machine.ts";
import { Thread } from "./thread.ts";

const SLOTS = 2048;
/** Nanoseconds after its exit for which a thread is found: its id may be reused after that. */
const RECENT = 10e9;
/** Most programs of one thread that are looked at. */
const MAX_STEPS = 64;
/** Nanoseconds by which the clocks of events and callers may differ. */
const CLOCK_MARGIN = 5e6;
/** Maximum generations of a lineage. */
const MAX_GENERATIONS = 64;

/**
 * The last threads that exited, and what threads were before they executed another program, for events that name a thread and arrive
 * later. Bounded: the oldest are replaced.
 */
export class PastThreads {
  private readonly machine: Machine;
  private readonly threads: (Thread | undefined)[] = new Array<Thread | undefined>(SLOTS).fill(undefined);
  /** Until when a thread was like this: nanoseconds since the epoch. */
  private readonly until = new Float64Array(SLOTS);
  /** The slot before, of the same thread id; -1: none. */
  private readonly earlier = new Int32Array(SLOTS).fill(-1);
  private readonly latest = new Map<number, number>();
  private next = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** A thread is removed from the table. */
  exited(thread: Thread): void {
    this.add(thread, thread.lastAccess);
  }

  /** A thread is about to become another program. @param time nanoseconds since the epoch */
  replaced(thread: Thread, time: number): void {
    const before: Thread = Object.assign(new Thread(thread.tid), thread);
    before.children = undefined;
    before.known = false;
    this.add(before, time);
  }

  /**
   * A thread with its ancestors, as they were at a time.
   * @param time nanoseconds since the epoch
   * @returns the thread first; empty if it is not known
   */
  lineage(tid: number, time: number): Thread[] {
    const found: Thread[] = [];
    for (let next = tid; next > 0 && found.length < MAX_GENERATIONS; ) {
      const thread = this.find(next, time);
      if (thread === undefined || found.includes(thread)) break;
      found.push(thread);
      next = thread.tid === thread.pid ? thread.ptid : thread.pid;
    }
    return found;
  }

  private find(tid: number, time: number): Thread | undefined {
    const living = this.machine.threads.get(tid);
    // A program that was executed later is not the one of that time.
    const latest = time + CLOCK_MARGIN;
    if (living !== undefined && Number(living.lastExecTime) <= latest && Number(living.cloneTime) <= latest)
      return living;
    let found: Thread | undefined;
    let bound = Number.POSITIVE_INFINITY;
    let slot = this.latest.get(tid) ?? -1;
    for (let steps = 0; slot >= 0 && steps < MAX_STEPS; steps++, slot = this.earlier[slot]!) {
      const until = this.until[slot]!;
      const isReused = this.threads[slot]?.tid !== tid || until > bound;
      if (isReused || (found !== undefined && until < latest) || until < time - RECENT) break;
      found = this.threads[slot];
      bound = until;
    }
    return found ?? living;
  }

  private add(thread: Thread, time: number): void {
    const slot = this.next;
    this.next = (slot + 1) % SLOTS;
    const old = this.threads[slot];
    if (old !== undefined && this.latest.get(old.tid) === slot) this.latest.delete(old.tid);
    this.threads[slot] = thread;
    this.until[slot] = time;
    this.earlier[slot] = this.latest.get(thread.tid) ?? -1;
    this.latest.set(thread.tid, slot);
  }
}
