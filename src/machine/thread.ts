import type { Descriptor } from "./descriptor.ts";

/** Descriptors of a process by number. Shared by the threads of a group (it lives on the main thread). */
export type FdTable = Map<number, Descriptor>;

/** Threads of one process. */
export class ThreadGroup {
  readonly pid: number;
  /** Live threads, the main one first where it is alive. */
  readonly threads: Thread[] = [];
  /** True once the group takes over orphans (PR_SET_CHILD_SUBREAPER or pid-namespace init). */
  reaper = false;
  aliveCount = 0;

  constructor(pid: number) {
    this.pid = pid;
  }
}

/** One thread. Text is byte strings; times are nanoseconds since the epoch. */
export class Thread {
  tid: number;
  pid: number;
  ptid = -1;
  sid = -1;
  pgid = -1;
  vpgid = -1;
  vtid = -1;
  vpid = -1;
  comm = "";
  exe = "";
  exepath = "";
  exeWritable = false;
  exeUpperLayer = false;
  exeLowerLayer = false;
  exeFromMemfd = false;
  args: string[] = [];
  env: string[] = [];
  /** Ends in "/". */
  cwd = "";
  root = "";
  /** `[subsystem, path]` pairs in kernel order. */
  cgroups: (readonly [string, string])[] = [];
  /** "" on the host; else the short id that the cgroup path states. */
  containerId = "";
  fdlimit = -1;
  /** PPM_CL_* bits. */
  flags = 0;
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
  /** Descriptors; only the main thread's is used. */
  fds: FdTable = new Map();
  group: ThreadGroup | undefined;
  children: Thread[] = [];

  constructor(tid: number, pid: number) {
    this.tid = tid;
    this.pid = pid;
  }
}
