import { CloneFlag } from "../event/constants.ts";
import { FdTable } from "./fd-table.ts";
import type { Program } from "./program.ts";
import type { Session } from "./session.ts";

/** The threads of a process. */
export class ThreadGroup {
  readonly pid: number;
  /** Stored threads, some of which may have exited. */
  readonly threads = new Set<Thread>();
  /** The main thread of the process. */
  main: Thread | undefined = undefined;
  /** Whether the process adopts orphans (PR_SET_CHILD_SUBREAPER, or init of a PID namespace). */
  reaper: boolean;
  /** Number of threads that have not exited. */
  aliveCount = 0;

  constructor(pid: number, reaper: boolean) {
    this.pid = pid;
    this.reaper = reaper;
  }
}

const NO_TEXTS: readonly string[] = [];
const NO_CGROUPS: readonly (readonly [string, string])[] = [];

/**
 * A thread. Text is stored as byte strings, times as nanoseconds since the epoch. Threads with equal arguments,
 * environments or cgroups share the same arrays, which must therefore never be modified.
 */
export class Thread {
  tid: number;
  pid = -1;
  ptid = -1;
  sid = -1;
  pgid = -1;
  vpgid = -1;
  vtid = -1;
  vpid = -1;
  comm = "";
  exe = "";
  exepath = "";
  /** Path of the executable in its file system, independent of mounts; undefined if the sensor did not report it. */
  realExepath: string | undefined = undefined;
  exeWritable = false;
  /**
   * Whether the user of the thread was not root and could write to the executable when it was started. Unlike `uid`,
   * this is not affected by setuid.
   */
  exeWritableByUser = false;
  exeUpperLayer = false;
  exeLowerLayer = false;
  exeFromMemfd = false;
  args: readonly string[] = NO_TEXTS;
  /** Environment of this thread. For the environment of its process, see `environment`. */
  env: readonly string[] = NO_TEXTS;
  /**
   * Working directory of this thread, with a trailing slash. For the working directory of the process, see
   * `workingDirectory`.
   */
  cwd = "";
  root = "";
  /** `[subsystem, path]` pairs in the order of the kernel. */
  cgroups: readonly (readonly [string, string])[] = NO_CGROUPS;
  /** Short container ID in the cgroup path; "" on the host. */
  containerId = "";
  fdlimit = -1;
  /** PPM_CL_* bits (see `CloneFlag`). */
  flags: number = CloneFlag.NAME_CHANGED;
  uid = 0xffffffff;
  gid = 0xffffffff;
  loginuid = 0xffffffff;
  capPermitted = 0n;
  capEffective = 0n;
  capInheritable = 0n;
  exeIno = 0n;
  exeInoCtime = 0n;
  exeInoMtime = 0n;
  exeInoCtimeDurationCloneTs = 0n;
  exeInoCtimeDurationPidnsStart = 0n;
  vmsizeKb = 0;
  vmrssKb = 0;
  vmswapKb = 0;
  pfmajor = 0;
  pfminor = 0;
  pidnsInitStart = 0n;
  tty = 0;
  cloneTime = 0n;
  lastExecTime = 0n;
  /** Descriptors of this thread. Use `fdTable(thread)`, since threads may share a table. */
  fds: FdTable;
  group: ThreadGroup | undefined = undefined;
  children: Set<Thread> | undefined = undefined;
  /** ID of the thread that adopts the children, according to the exit event; -1 if unknown. */
  reaperTid = -1;
  /** Session of the process; undefined if there is none or sessions are not detected. */
  session: Session | undefined = undefined;
  /** The path that was passed to exec. For a script, the path of the script; "" if unknown. */
  filename = "";
  /** Name of the system program, computed on demand (see `src/field/system-program.ts`). */
  systemName: string | undefined = undefined;
  /** The executable; undefined if executables are not examined. */
  program: Program | undefined = undefined;
  /** Descriptor number of the last event (`fd.num`). */
  lastFd = 0;
  /** Time of the last event of the thread: nanoseconds since the epoch, as a number. */
  lastAccess = 0;
  /** Event type of the enter event of the pending call (old captures). */
  enterType = -1;
  /** Bytes of the enter event; undefined if they are not needed. */
  enterBytes: Uint8Array | undefined = undefined;
  /** Whether the current event is the exit event of the call in `enterBytes`. */
  enterMatches = false;
  /** Whether the thread is still in the table. */
  known = true;

  constructor(tid: number, fds: FdTable = new FdTable()) {
    this.tid = tid;
    this.fds = fds;
  }
}

export function isMainThread(thread: Thread): boolean {
  return thread.tid === thread.pid || (thread.flags & CloneFlag.IS_MAIN_THREAD) !== 0;
}

/** Whether only the ID of a thread is known. */
export function isIncomplete(thread: Thread): boolean {
  return thread.tid < 0 || thread.pid < 0 || thread.ptid < 0;
}

export function isDead(thread: Thread): boolean {
  return (thread.flags & CloneFlag.CLOSED) !== 0;
}

export function isInPidNamespace(thread: Thread): boolean {
  return (thread.flags & CloneFlag.CHILD_IN_PIDNS) !== 0 || (thread.tid !== thread.vtid && thread.vtid >= 0);
}

/** The main thread of the thread's process; undefined if unknown. */
export function mainThread(thread: Thread): Thread | undefined {
  if (isMainThread(thread)) return thread;
  return thread.group?.main;
}

/** The descriptors of a thread: the descriptors of the main thread, unless the thread has its own table. */
export function fdTable(thread: Thread): FdTable | undefined {
  return (thread.flags & CloneFlag.FILES) === 0 ? thread.fds : mainThread(thread)?.fds;
}

/** Gives a thread its own copy of the descriptors that it shared with the other threads of its process. */
export function unshareDescriptors(thread: Thread): void {
  const shared = fdTable(thread);
  if (shared === undefined) return;
  if (mainThread(thread) === thread) {
    const others = [...(thread.group?.threads ?? [])].filter((each) => each !== thread && fdTable(each) === shared);
    if (others.length === 0) return;
    for (const other of others) {
      other.fds = shared;
      other.flags &= ~CloneFlag.FILES;
    }
  }
  thread.flags &= ~CloneFlag.FILES;
  thread.fds = shared.fork();
}

/** The working directory of the thread's process, with a trailing slash. */
export function workingDirectory(thread: Thread): string {
  return mainThread(thread)?.cwd ?? "./";
}

/** The environment of the thread's process: `NAME=value` strings. */
export function environment(thread: Thread): readonly string[] {
  return (mainThread(thread) ?? thread).env;
}

/** The value of a variable in the environment of the process, trimmed; "" if it is not set. */
export function environmentValue(thread: Thread, name: string): string {
  for (const entry of environment(thread)) {
    if (entry.length > name.length + 1 && entry[name.length] === "=" && entry.startsWith(name)) {
      return trimSpaces(entry.slice(name.length + 1));
    }
  }
  return "";
}

function trimSpaces(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && text[from] === " ") from++;
  while (to > from && text[to - 1] === " ") to--;
  return text.slice(from, to);
}

/** Number of running threads of the thread's process (`proc.nthreads`). */
export function threadCount(thread: Thread): number {
  return thread.group?.aliveCount ?? 0;
}

/** Number of running threads of the thread's process without the main thread (`proc.nchilds`). */
export function otherThreadCount(thread: Thread): number {
  if (thread.group === undefined) return 0;
  const main = mainThread(thread);
  return thread.group.aliveCount - (main !== undefined && !isDead(main) ? 1 : 0);
}

/** Number of open descriptors of the thread's process (`proc.fdopencount`). */
export function openDescriptorCount(thread: Thread): number {
  return mainThread(thread)?.fds.size ?? 0;
}

/** Maximum number of open descriptors of the thread's process (`proc.fdlimit`). */
export function descriptorLimit(thread: Thread): number {
  return mainThread(thread)?.fdlimit ?? 0;
}

/** The cgroup path of a subsystem; undefined if there is none. */
export function cgroupPath(thread: Thread, subsystem: string): string | undefined {
  for (const [name, path] of thread.cgroups) if (name === subsystem) return path;
  return undefined;
}
