import { FdTable } from "./fd-table.ts";
import type { Machine } from "./machine.ts";
import { Thread } from "./thread.ts";

const SLOTS = 2048;
/** How long a thread can be found after its exit, in nanoseconds. Later, its ID may be in use again. */
const RECENT = 10e9;
/** Maximum number of earlier programs of a thread that are considered. */
const MAX_STEPS = 64;
/** Maximum difference between the clocks of callers and of events, in nanoseconds. */
const CLOCK_MARGIN = 5e6;
/** Maximum number of threads in a lineage. */
const MAX_GENERATIONS = 64;

/**
 * Threads that exited recently, and earlier states of threads that have since executed another program. They are needed
 * for events that refer to a thread but arrive after it has exited or changed. The number is bounded; the oldest are
 * replaced.
 */
export class PastThreads {
  private readonly machine: Machine;
  private readonly threads: (Thread | undefined)[] = new Array<Thread | undefined>(SLOTS).fill(undefined);
  /** Time until which the state of a thread was valid: nanoseconds since the epoch. */
  private readonly until = new Float64Array(SLOTS);
  /** The previous slot with the same thread ID; -1 if there is none. */
  private readonly earlier = new Int32Array(SLOTS).fill(-1);
  private readonly latest = new Map<number, number>();
  private next = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Stores a thread that is removed from the table. */
  exited(thread: Thread): void {
    this.add(copyOf(thread), thread.lastAccess);
  }

  /** Stores the state of a thread that is about to execute another program. @param time nanoseconds since the epoch */
  replaced(thread: Thread, time: number): void {
    this.add(copyOf(thread), time);
  }

  /**
   * A thread and its ancestors, as they were at a given time.
   * @param time nanoseconds since the epoch
   * @returns the thread first, then its ancestors; empty if the thread is unknown
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
    // The current state is only valid if the program was executed before that time.
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

/** Copies a thread without its descriptors, which need not be stored, and its children. */
function copyOf(thread: Thread): Thread {
  const fds = new FdTable();
  const copy: Thread = Object.assign(new Thread(thread.tid, fds), thread, { fds });
  copy.children = undefined;
  copy.known = false;
  return copy;
}
