import { readFileSync, readlinkSync } from "node:fs";
import type { Actor, SeenProcess } from "./messages.ts";
import { elapsed } from "./state.ts";

/** Time for which the data read about a thread is valid, in milliseconds. Thread IDs are reused by the kernel. */
const RENEWAL = 2000;
const MAX_KNOWN = 4096;

/** Assigns actor numbers to the threads that change files, and reads each new thread from `/proc`. */
export class ActorNumbers {
  private readonly known = new Map<number, Actor>();
  private readonly hostRoot: string;
  private next = 1;
  private fresh: Actor[] = [];

  constructor(hostRoot: string) {
    this.hostRoot = hostRoot;
  }

  /** Returns the actor number of a thread; 0 if its thread ID is unknown. */
  of(tid: number): number {
    if (tid <= 0) return 0;
    const known = this.known.get(tid);
    const time = Date.now(); // the clock of system call events
    if (known !== undefined && elapsed(known.time, time) < RENEWAL) return known.id;
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    const actor: Actor = { id: this.next++, tid, time, seen: look(this.hostRoot, tid) };
    this.known.set(tid, actor);
    this.fresh.push(actor);
    return actor.id;
  }

  /** Returns the process ID of a thread; the thread ID itself if its process is unknown. */
  processOf(tid: number): number {
    return this.known.get(tid)?.seen?.pid ?? processOf(this.hostRoot, tid) ?? tid;
  }

  /** Assigns a new actor number to the next change by the thread, which now runs another program. */
  renew(tid: number): void {
    this.known.delete(tid);
  }

  /** Returns the actors that were added since the last call. */
  take(): readonly Actor[] {
    const { fresh } = this;
    if (fresh.length > 0) this.fresh = [];
    return fresh;
  }
}

function processOf(hostRoot: string, tid: number): number | undefined {
  try {
    const status = readFileSync(`${hostRoot === "/" ? "" : hostRoot}/proc/${tid}/status`, "latin1");
    return Number(/^Tgid:\s*(\d+)/m.exec(status)?.[1]);
  } catch {
    return undefined;
  }
}

/** Reads a thread from `/proc`; undefined if it has exited. */
function look(hostRoot: string, tid: number): SeenProcess | undefined {
  const folder = `${hostRoot === "/" ? "" : hostRoot}/proc/${tid}`;
  try {
    const status = readFileSync(`${folder}/status`, "latin1");
    const pid = Number(/^Tgid:\s*(\d+)/m.exec(status)?.[1] ?? tid);
    const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? "";
    const command = readFileSync(`${folder}/cmdline`, "latin1").replace(/\0$/, "").replaceAll("\0", " ").slice(0, 4096);
    let exe = "";
    try {
      exe = readlinkSync(`${folder}/exe`, "latin1");
    } catch {
      // The thread is a kernel thread or is exiting.
    }
    return { pid, name, exe, command };
  } catch {
    return undefined;
  }
}
