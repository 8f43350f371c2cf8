import { identityOfAll } from "./container-id.ts";
import { threadFrom } from "./import.ts";
import type { Machine } from "./machine.ts";
import { isIncomplete, isMainThread, type Thread } from "./thread.ts";

/** Number of processes that are read per step. */
const PER_STEP = 16;
/** Time by which events from different CPUs may be evaluated out of order, in nanoseconds. */
const MARGIN = 1e8;
/** Largest ID of a process without a parent: init is 1, the parent of kernel threads is 2. */
const LAST_ROOT = 2;

/** A process that was found to run another program, or to be in another container, than its thread. */
interface Found {
  readonly thread: Thread;
  /** The process as it was read. */
  readonly read: Thread;
  /** Time at which the process was read: nanoseconds since the epoch. */
  readonly time: number;
  /** Time at which the thread executed its recorded program. */
  readonly lastExecTime: bigint;
  /** The working directory of the thread when the process was read. */
  readonly cwd: string;
}

/**
 * Corrects the state of threads after events were dropped. Each step reads some processes to find unknown parents, and
 * programs whose start event was dropped, with their containers. A process may be read before earlier events are
 * evaluated. Its program is therefore replaced only when all events up to that time have been evaluated and none of
 * them started another program.
 */
export class ThreadRepair {
  private readonly machine: Machine;
  private queue: number[] = [];
  private found: Found[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
  }

  get isBusy(): boolean {
    return this.queue.length > 0 || this.found.length > 0;
  }

  /** Begins to check all processes, because events were dropped. */
  begin(): void {
    this.queue = [];
    for (const thread of this.machine.threads.values())
      if (isIncomplete(thread) || isMainThread(thread)) this.queue.push(thread.tid);
  }

  /**
   * Checks some processes.
   * @param now nanoseconds since the epoch
   * @param evaluated time up to which all events have been evaluated: nanoseconds since the epoch
   */
  step(now: number, evaluated: number): void {
    const isDue = ({ time }: Found): boolean => time + MARGIN < evaluated;
    for (const found of this.found.filter(isDue)) this.replace(found);
    this.found = this.found.filter((each) => !isDue(each));
    for (const tid of this.queue.splice(0, PER_STEP)) this.check(tid, now);
  }

  private check(tid: number, time: number): void {
    const { threads } = this.machine;
    const thread = threads.get(tid);
    if (thread === undefined) return;
    const record = this.machine.read(tid);
    if (record === undefined) return;
    if (isIncomplete(thread)) {
      this.machine.removeThread(tid);
      this.machine.threadOrNew(tid);
      return;
    }
    if (thread.ptid === 0 && thread.pid > LAST_ROOT && record.ptid > 0) this.findParent(thread, record.ptid);
    const read = threadFrom(record);
    if (!runsSame(thread, read) || hasMoved(thread, read))
      this.found.push({ thread, read, time, lastExecTime: thread.lastExecTime, cwd: thread.cwd });
  }

  private findParent(thread: Thread, ptid: number): void {
    const parent = this.machine.threadOrNew(ptid);
    if (parent !== undefined && !isIncomplete(parent)) this.machine.threads.adopt(parent, thread);
  }

  private replace({ thread, read, time, lastExecTime, cwd }: Found): void {
    if (!thread.known || thread.lastExecTime !== lastExecTime) return;
    const { machine } = this;
    const threads = thread.group?.threads ?? [thread];
    if (!runsSame(thread, read)) {
      machine.past?.replaced(thread, time);
      for (const each of threads) copyImage(each, read);
      thread.env = read.env;
      if (thread.cwd === cwd) thread.cwd = read.cwd;
      machine.programs?.found(thread);
    }
    for (const each of threads) {
      if (read.cgroups.length > 0) each.cgroups = read.cgroups;
      each.containerId = machine.containerOf(each);
    }
    machine.meet(thread.containerId, thread);
    machine.workloads?.processStarted(machine, thread);
  }
}

/** Whether two threads run the same file. In a chroot, only the inode numbers are equal; in an overlay, only the paths. */
function runsSame(thread: Thread, read: Thread): boolean {
  return read.exeIno === thread.exeIno || read.exepath === thread.exepath;
}

/**
 * Whether a process is in another container. Leaving a container does not count, because in a cgroup namespace, the
 * cgroup of the sensor's own container has no name in `/proc`.
 */
function hasMoved(thread: Thread, read: Thread): boolean {
  const { id } = identityOfAll(read.cgroups);
  return id !== "" && id !== identityOfAll(thread.cgroups).id;
}

function copyImage(thread: Thread, read: Thread): void {
  thread.comm = read.comm;
  thread.exe = read.exe;
  thread.args = read.args;
  thread.exepath = read.exepath;
  thread.realExepath = read.realExepath;
  thread.filename = read.filename;
  thread.systemName = undefined;
  thread.exeWritable = read.exeWritable;
  thread.exeWritableByUser = read.exeWritableByUser;
  thread.exeUpperLayer = read.exeUpperLayer;
  thread.exeLowerLayer = read.exeLowerLayer;
  thread.exeFromMemfd = read.exeFromMemfd;
  thread.exeIno = read.exeIno;
  thread.exeInoCtime = read.exeInoCtime;
  thread.exeInoMtime = read.exeInoMtime;
  thread.root = read.root;
  thread.tty = read.tty;
  thread.sid = read.sid;
  thread.pgid = read.pgid;
  thread.vpgid = read.vpgid;
  thread.uid = read.uid;
  thread.gid = read.gid;
  thread.loginuid = read.loginuid;
  thread.capPermitted = read.capPermitted;
  thread.capInheritable = read.capInheritable;
  thread.capEffective = read.capEffective;
}
