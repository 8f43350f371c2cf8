import { CloneFlag } from "../event/constants.ts";
import { FdTable } from "./fd-table.ts";
import type { Program } from "./program.ts";
import type { Session } from "./session.ts";

/** Threads of one process. */
export class ThreadGroup {
  readonly pid: number;
  /** Stored threads (some may have exited). */
  readonly threads = new Set<Thread>();
  /** The first thread of the process. */
  main: Thread | undefined = undefined;
  /** True if the group adopts orphans (PR_SET_CHILD_SUBREAPER or init of a pid namespace). */
  reaper: boolean;
  /** Threads that have not exited. */
  aliveCount = 0;

  constructor(pid: number, reaper: boolean) {
    this.pid = pid;
    this.reaper = reaper;
  }
}

const NO_TEXTS: readonly string[] = [];
const NO_CGROUPS: readonly (readonly [string, string])[] = [];

/**
 * A thread. Text is byte strings; times are nanoseconds since the epoch. Arguments, environment and cgroups are shared
 * by threads with equal values: never change them in place.
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
  /** The same whatever is mounted for the process; undefined if the sensor did not report it. */
  realExepath: string | undefined = undefined;
  exeWritable = false;
  /** Whether a user other than root could write the executable when it was started; unlike `uid`, setuid does not change it. */
  exeWritableByUser = false;
  exeUpperLayer = false;
  exeLowerLayer = false;
  exeFromMemfd = false;
  args: readonly string[] = NO_TEXTS;
  /** Environment of this thread; see `environment` for that of its process. */
  env: readonly string[] = NO_TEXTS;
  /** Working directory of this thread; see `workingDirectory` for that of its process. Ends in "/". */
  cwd = "";
  root = "";
  /** `[subsystem, path]` pairs in kernel order. */
  cgroups: readonly (readonly [string, string])[] = NO_CGROUPS;
  /** The short id in the cgroup path; "" on the host. */
  containerId = "";
  fdlimit = -1;
  /** PPM_CL_* bits: see `CloneFlag`. */
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
  /** Descriptors: only those of `fdTable(thread)` count. */
  readonly fds: FdTable;
  group: ThreadGroup | undefined = undefined;
  children: Set<Thread> | undefined = undefined;
  /** The thread that adopts its children, according to its exit event; -1 if unknown. */
  reaperTid = -1;
  /** The session of its process, if sessions are detected. */
  session: Session | undefined = undefined;
  /** The path that exec was called with: for a script, that of the script; "" if unknown. */
  filename = "";
  /** Its name as a program of the system, computed on demand; see `src/field/system-program.ts`. */
  systemName: string | undefined = undefined;
  /** The executable, if executables are examined. */
  program: Program | undefined = undefined;
  /** The descriptor number of its last event (`fd.num`). */
  lastFd = 0;
  /** Last access: nanoseconds since the epoch, as a number. */
  lastAccess = 0;
  /** The enter half of its pending call, with its bytes if needed (old captures). */
  enterType = -1;
  enterBytes: Uint8Array | undefined = undefined;
  /** True if the current event ends the call of `enterBytes`. */
  enterMatches = false;
  /** False once it is removed from the table. */
  known = true;

  constructor(tid: number, fds: FdTable = new FdTable()) {
    this.tid = tid;
    this.fds = fds;
  }
}

export function isMainThread(thread: Thread): boolean {
  return thread.tid === thread.pid || (thread.flags & CloneFlag.IS_MAIN_THREAD) !== 0;
}

/** True for a thread of which only the id is known. */
export function isIncomplete(thread: Thread): boolean {
  return thread.tid < 0 || thread.pid < 0 || thread.ptid < 0;
}

export function isDead(thread: Thread): boolean {
  return (thread.flags & CloneFlag.CLOSED) !== 0;
}

export function isInPidNamespace(thread: Thread): boolean {
  return (thread.flags & CloneFlag.CHILD_IN_PIDNS) !== 0 || (thread.tid !== thread.vtid && thread.vtid >= 0);
}

/** The first thread of its process; undefined if unknown. */
export function mainThread(thread: Thread): Thread | undefined {
  if (isMainThread(thread)) return thread;
  return thread.group?.main;
}

/** The descriptors of the thread: those of the main thread, unless it has its own table. */
export function fdTable(thread: Thread): FdTable | undefined {
  return (thread.flags & CloneFlag.FILES) === 0 ? thread.fds : mainThread(thread)?.fds;
}

/** The working directory of its process, ending in "/". */
export function workingDirectory(thread: Thread): string {
  return mainThread(thread)?.cwd ?? "./";
}

/** The environment of its process: `NAME=value` texts. */
export function environment(thread: Thread): readonly string[] {
  return (mainThread(thread) ?? thread).env;
}

/** The value of an environment variable, trimmed; "" if it is not set. */
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

/** Number of threads of its process that are alive (`proc.nthreads`). */
export function threadCount(thread: Thread): number {
  return thread.group?.aliveCount ?? 0;
}

/** The same without the main thread (`proc.nchilds`). */
export function otherThreadCount(thread: Thread): number {
  if (thread.group === undefined) return 0;
  const main = mainThread(thread);
  return thread.group.aliveCount - (main !== undefined && !isDead(main) ? 1 : 0);
}

/** Number of open descriptors of its process (`proc.fdopencount`). */
export function openDescriptorCount(thread: Thread): number {
  return mainThread(thread)?.fds.size ?? 0;
}

/** Maximum of open descriptors of its process (`proc.fdlimit`). */
export function descriptorLimit(thread: Thread): number {
  return mainThread(thread)?.fdlimit ?? 0;
}

/** The path of one cgroup subsystem; undefined if there is none. */
export function cgroupPath(thread: Thread, subsystem: string): string | undefined {
  for (const [name, path] of thread.cgroups) if (name === subsystem) return path;
  return undefined;
}
