import { CloneFlag } from "../event/constants.ts";
import { RecentExits } from "./recent-exits.ts";
import { isDead, isIncomplete, isInPidNamespace, isMainThread, type Thread, ThreadGroup } from "./thread.ts";

/** Maximum number of stored threads. When it is reached, new threads are rejected. */
export const MAX_THREADS = 262_144;

/** Maximum number of parent links that are followed. */
const MAX_GENERATIONS = 4096;

/** The threads of a machine by ID, with their groups and parents. */
export class ThreadTable {
  private readonly byTid = new Map<number, Thread>();
  private readonly groups = new Map<number, ThreadGroup>();
  private lastTid = -1;
  private last: Thread | undefined = undefined;
  /** Number of threads that were rejected because the table was full. */
  rejected = 0;
  /** Number of threads that were added. */
  added = 0;
  /** Number of threads that were removed. */
  removed = 0;
  /** Number of lookups that returned the same thread as the previous lookup. */
  repeatedLookups = 0;
  /** Number of lookups that returned another thread than the previous lookup. */
  lookups = 0;
  /** Number of lookups of unknown threads. */
  failedLookups = 0;
  readonly exits = new RecentExits();
  private readonly limit: number;

  constructor(limit: number = MAX_THREADS) {
    this.limit = limit;
  }

  get size(): number {
    return this.byTid.size;
  }

  get isFull(): boolean {
    return this.byTid.size >= this.limit;
  }

  values(): MapIterator<Thread> {
    return this.byTid.values();
  }

  /** Returns the thread with the given ID, which may be incomplete (see `isIncomplete`); undefined if unknown. */
  get(tid: number): Thread | undefined {
    if (tid === this.lastTid) {
      this.repeatedLookups++;
      return this.last;
    }
    const thread = this.byTid.get(tid);
    if (thread === undefined) {
      this.failedLookups++;
      return undefined;
    }
    this.lookups++;
    this.lastTid = tid;
    this.last = thread;
    return thread;
  }

  /** Adds a thread, which replaces a thread with the same ID. Returns false if the table is full. */
  add(thread: Thread): boolean {
    const before = this.byTid.get(thread.tid);
    if (before === undefined && this.isFull) {
      this.rejected++;
      return false;
    }
    if (before !== undefined && before !== thread) {
      if (before.group !== undefined && !isDead(before)) before.group.aliveCount--; // its exit was missed
      this.forget(before);
    }
    if (before !== thread) this.added++;
    this.byTid.set(thread.tid, thread);
    this.lastTid = -1;
    this.last = undefined;
    return true;
  }

  /** Adds a thread and links it. */
  addLinked(thread: Thread): boolean {
    if (this.isFull && !this.byTid.has(thread.tid)) {
      this.rejected++;
      return false;
    }
    this.link(thread);
    return this.add(thread);
  }

  /** Links a thread with its group and its parent. */
  link(thread: Thread): void {
    if (isIncomplete(thread) || thread.group !== undefined) return;
    let group = this.groups.get(thread.pid);
    if (group === undefined) {
      group = new ThreadGroup(thread.pid, thread.pid === 1 || thread.vpid === 1);
      this.groups.set(thread.pid, group);
    }
    group.threads.add(thread);
    if (isMainThread(thread)) group.main = thread;
    group.aliveCount++;
    thread.group = group;
    if (thread.pid === 1) return; // init has no parent
    const parent = this.byTid.get(thread.ptid);
    if (parent === undefined || isIncomplete(parent)) thread.ptid = 0;
    else adopt(parent, thread);
  }

  /** Sets the parent of a thread that had no parent. */
  adopt(parent: Thread, child: Thread): void {
    adopt(parent, child);
  }

  /** Calls `look` while the given threads, which may have been removed, replace the stored ones. */
  during(threads: readonly Thread[], look: () => void): void {
    const { byTid } = this;
    const now = threads.map(({ tid }) => byTid.get(tid));
    for (const thread of threads) byTid.set(thread.tid, thread);
    this.lastTid = -1;
    try {
      look();
    } finally {
      for (const [i, { tid }] of threads.entries()) {
        const thread = now[i];
        if (thread === undefined) byTid.delete(tid);
        else byTid.set(tid, thread);
      }
      this.lastTid = -1;
    }
  }

  linkAll(): void {
    for (const thread of this.byTid.values()) this.link(thread);
  }

  /**
   * Removes an exited thread. The new parent of its children is the thread with the ID `reaperTid`, otherwise the
   * result of `findReaper`; if both are unknown, the children have no parent. A main thread remains stored as long as
   * its group has running threads.
   * @param complete returns the thread with the given ID, which it creates if it is unknown
   */
  remove(tid: number, complete: (tid: number) => Thread | undefined): void {
    const thread = this.byTid.get(tid);
    if (thread === undefined) return;
    const { group } = thread;
    if (isIncomplete(thread) || group === undefined) {
      this.forget(thread);
      return;
    }
    if (!isDead(thread)) {
      group.aliveCount--;
      thread.flags |= CloneFlag.CLOSED;
    }
    if (thread.children !== undefined && thread.children.size > 0) this.handChildrenOn(thread, complete);
    if (group.aliveCount <= 0) {
      this.groups.delete(thread.pid);
      const main = this.byTid.get(thread.pid);
      if (main !== undefined) this.forget(main);
    }
    if (!isMainThread(thread)) {
      this.forget(thread);
    }
  }

  private handChildrenOn(thread: Thread, complete: (tid: number) => Thread | undefined): void {
    let reaper = thread.reaperTid > 0 ? complete(thread.reaperTid) : undefined;
    if (reaper === undefined || reaper === thread || isIncomplete(reaper)) reaper = this.findReaper(thread);
    if (reaper !== undefined) {
      thread.reaperTid = reaper.tid;
      if (reaper.pid !== thread.pid && reaper.group !== undefined) reaper.group.reaper = true;
    }
    for (const child of thread.children ?? []) {
      if (reaper === undefined) child.ptid = 0;
      else adopt(reaper, child);
    }
    thread.children = undefined;
  }

  /**
   * The thread that adopts the children of a thread: a running thread of the same group, or of the nearest ancestor in
   * the same PID namespace that adopts orphans.
   */
  findReaper(thread: Thread): Thread | undefined {
    const sibling = thread.group === undefined ? undefined : firstAlive(thread.group, thread);
    if (sibling !== undefined) return sibling;
    const seen = new Set<Thread>([thread]); // parents may form a loop
    let parent = this.byTid.get(thread.ptid);
    while (parent !== undefined && !seen.has(parent) && seen.size < MAX_GENERATIONS) {
      seen.add(parent);
      if (isInPidNamespace(parent) !== isInPidNamespace(thread)) return undefined;
      if (parent.group?.reaper === true) {
        const reaper = firstAlive(parent.group, undefined);
        if (reaper !== undefined) return reaper;
      }
      parent = this.byTid.get(parent.ptid);
    }
    return undefined;
  }

  clear(): void {
    this.byTid.clear();
    this.groups.clear();
    this.exits.clear();
    this.lastTid = -1;
    this.last = undefined;
  }

  private forget(thread: Thread): void {
    if (this.byTid.get(thread.tid) === thread) {
      this.byTid.delete(thread.tid);
      this.removed++;
    }
    thread.known = false;
    this.lastTid = -1;
    this.last = undefined;
    this.byTid.get(thread.ptid)?.children?.delete(thread);
    const { group } = thread;
    if (group === undefined) return;
    group.threads.delete(thread);
    if (group.main === thread) group.main = undefined;
  }
}

function adopt(parent: Thread, child: Thread): void {
  parent.children ??= new Set();
  parent.children.add(child);
  child.ptid = parent.tid;
}

function firstAlive(group: ThreadGroup, other: Thread | undefined): Thread | undefined {
  if (group.aliveCount <= 0) return undefined;
  const { main } = group;
  if (main !== undefined && main !== other && !isDead(main)) return main;
  for (const thread of group.threads) if (thread !== other && !isDead(thread)) return thread;
  return undefined;
}
