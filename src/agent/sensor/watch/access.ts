import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { EVENT_TYPES, EventCode } from "../../../event/code.ts";
import { signalName } from "../../../event/signal.ts";
import { FdKind } from "../../../event/snapshot.ts";
import type { Observed } from "../../../machine/observed.ts";
import type { Thread } from "../../../machine/thread.ts";
import type { Priority } from "../../../rule/rule.ts";

/** An access to the agent by a process. `what` is a predicate, such as "changed a resource limit of the agent". */
export interface Access {
  readonly priority: Priority;
  readonly what: string;
}

/** Identity of the agent. */
export interface Own {
  /** Process ID on the host. */
  readonly pid: number;
  /** Mount point of the watched machine's root. */
  readonly hostRoot: string;
  /** Whether a BPF object belongs to the sensor. */
  owns(kind: "map" | "program" | "link", id: number): boolean;
}

type Check = (event: Observed, own: Own, files: OwnFiles) => Access | undefined;

const checks: readonly (readonly [number, Check])[] = [
  [EventCode.PTRACE_X, traced],
  [EventCode.PROCESS_VM_WRITEV_X, (event, { pid }) => memory(event, pid, "Critical", "wrote")],
  [EventCode.PROCESS_VM_READV_X, (event, { pid }) => memory(event, pid, "Warning", "read")],
  [EventCode.PRLIMIT_X, limited],
  [EventCode.SETNS_X, joined],
  [EventCode.PIDFD_GETFD_X, copiedDescriptor],
  [EventCode.OPEN_X, (event, own, files) => opened(event, own, files, 2, 4)],
  [EventCode.OPENAT_2_X, (event, own, files) => opened(event, own, files, 3, 5)],
  [EventCode.OPENAT2_X, (event, own, files) => opened(event, own, files, 3, 6)],
  [EventCode.CREAT_X, (event, own, files) => opened(event, own, files, -1, 3)],
];

/** Types of events that can report an access to the agent, in addition to notes of the probe. */
export const accessTypes: readonly number[] = checks.map(([type]) => type);

const checkOf: (Check | undefined)[] = Array.from({ length: EVENT_TYPES }, () => undefined);
for (const [type, check] of checks) checkOf[type] = check;

/**
 * Returns the access to the agent that an event reports; undefined if there is none. Allocates memory only if an access
 * is likely.
 */
export function accessOf(event: Observed, own: Own, files: OwnFiles): Access | undefined {
  if (event.thread?.pid === own.pid) return undefined;
  return checkOf[event.type]?.(event, own, files);
}

/** Signals that do not harm the agent, including signals for its administration. */
const HARMLESS: ReadonlySet<string> = new Set([
  "SIGHUP",
  "SIGUSR1",
  "SIGCONT",
  "SIGWINCH",
  "SIGURG",
  "SIGCHLD",
  "SIGPIPE",
]);
/** Signals that shut down the agent in an orderly way. */
const ENDING: ReadonlySet<string> = new Set(["SIGTERM", "SIGINT", "SIGUSR2"]);

/**
 * Returns the access for a signal to the agent; undefined for an expected signal, such as a stop by the service
 * manager.
 */
export function signalAccess(
  signal: number,
  sender: Thread | undefined,
  parents: ReadonlySet<number>,
): Access | undefined {
  const name = signalName[signal] || `signal ${signal}`;
  if (HARMLESS.has(name)) return undefined;
  const ending = ENDING.has(name);
  if (ending && sender !== undefined && (sender.pid === 1 || parents.has(sender.pid))) return undefined;
  return { priority: ending ? "Notice" : "Critical", what: `sent ${name} to the agent` };
}

const KINDS: Readonly<Record<number, "program" | "map" | "link">> = { 13: "program", 14: "map", 30: "link" };

/**
 * Returns the access for opening a descriptor of a BPF object; undefined if the object does not belong to the sensor.
 */
export function objectAccess(command: number, id: number, own: Own): Access | undefined {
  const kind = KINDS[command];
  if (kind === undefined || !own.owns(kind, id)) return undefined;
  return { priority: "Warning", what: `opened a descriptor for the sensor's BPF ${kind} ${id}` };
}

function traced(event: Observed, { pid }: Own): Access | undefined {
  if (event.length(4) !== 8 || !isOwn(event.i64(4), pid)) return undefined;
  const result = event.i64(0);
  return { priority: "Critical", what: `${result < 0 ? "tried to trace" : "traced"} the agent with ptrace` };
}

function memory(event: Observed, pid: number, priority: Priority, verb: "read" | "wrote"): Access | undefined {
  if (event.length(1) !== 8 || !isOwn(event.i64(1), pid)) return undefined;
  const failed = event.i64(0) < 0;
  return { priority, what: failed ? `tried to access the memory of the agent` : `${verb} memory of the agent` };
}

function limited(event: Observed, { pid }: Own): Access | undefined {
  if (event.length(5) !== 8 || event.i64(5) !== pid || event.i64(0) < 0) return undefined;
  if (event.i64(1) === -1 && event.i64(2) === -1) return undefined; // reads a limit without changing it
  return { priority: "Warning", what: "changed a resource limit of the agent" };
}

function joined(event: Observed, { pid }: Own): Access | undefined {
  const { fd } = event;
  if (fd === undefined || event.i64(0) < 0) return undefined;
  const isTarget = fd.kind === FdKind.pidfd ? fd.pid === pid : pidIn(fd.path.text) === pid;
  return isTarget ? { priority: "Warning", what: "entered a namespace of the agent" } : undefined;
}

function copiedDescriptor(event: Observed, { pid }: Own): Access | undefined {
  const { thread } = event;
  if (thread === undefined || event.i64(0) < 0) return undefined;
  const table = thread.group?.main?.fds ?? thread.fds;
  const pidfd = table.get(event.i64(1));
  return pidfd?.kind === FdKind.pidfd && pidfd.pid === pid
    ? { priority: "Critical", what: "copied a file descriptor of the agent" }
    : undefined;
}

/** Bit of O_WRONLY in event/flag-tables.ts. O_RDWR includes this bit. */
const WRITES = 2;
/** Files in `/proc/PID` through which other processes can change the process. */
const SETTINGS =
  /\/(?:mem|oom_score_adj|oom_adj|clear_refs|attr\/\w+|[ug]id_map|setgroups|projid_map|coredump_filter|autogroup|sched|timerslack_ns|make-it-fail|fail-nth|comm)$/;

/**
 * Returns the access to the agent for opening a file for writing; undefined if the file does not control the agent.
 * @param flagsAt the index of the flags parameter; -1 for a system call that always opens for writing
 * @param devAt the index of the device parameter; the inode parameter follows
 */
function opened(event: Observed, { pid }: Own, files: OwnFiles, flagsAt: number, devAt: number): Access | undefined {
  if (flagsAt >= 0 && (event.u32(flagsAt) & WRITES) === 0) return undefined;
  if (event.length(devAt) !== 4) return undefined;
  const dev = event.u32(devAt);
  if (dev === files.cgroupDevice) {
    const name = files.cgroupFiles.get(event.u64(devAt + 1));
    if (name === undefined || (event.thread?.pid === 1 && !FREEZES.has(name))) return undefined;
    return {
      priority: FREEZES.has(name) ? "Critical" : "Warning",
      what: `opened ${name} of the agent's cgroup for writing`,
    };
  }
  if (dev !== files.procDevice) return undefined;
  const path = event.fd?.path.text ?? "";
  if (!SETTINGS.test(path) || !isOwn(pidIn(path), pid)) return undefined;
  return { priority: path.endsWith("/mem") ? "Critical" : "Warning", what: `opened ${path} of the agent for writing` };
}

/**
 * Returns the last process ID in a `/proc` path, such as 2 in `/proc/1/root/proc/2/task/3/mem`; -1 if there is none.
 */
function pidIn(path: string): number {
  const found = /^.*(?<!\/task)\/(\d+)(?:\/task\/\d+)?\/[a-z]/.exec(path);
  return found === null ? -1 : Number(found[1]);
}

/** Whether a thread ID in this PID namespace belongs to the agent's process. */
function isOwn(tid: number, pid: number): boolean {
  if (tid === pid) return true;
  if (pid !== process.pid || tid <= 0) return false;
  try {
    return readdirSync("/proc/self/task").includes(String(tid));
  } catch {
    return false;
  }
}

const FREEZES: ReadonlySet<string> = new Set(["cgroup.freeze", "cgroup.kill"]);
const CGROUP_FILES = [...FREEZES, "cpu.max", "memory.max", "memory.high"] as const;

/**
 * Files through which the agent can be controlled, in `/proc` and in the directories of its cgroup and the cgroup's
 * ancestors.
 */
export class OwnFiles {
  /** Device numbers in the format of events; -1 if unknown. */
  procDevice = -1;
  cgroupDevice = -1;
  /** Names of the files in the cgroup directories, by inode number. */
  readonly cgroupFiles = new Map<number, string>();
  private readonly hostRoot: string;
  private cgroup: string | undefined;

  constructor(hostRoot: string) {
    this.hostRoot = hostRoot;
    this.procDevice = deviceOf(join(hostRoot, "proc"));
    this.moved();
  }

  /** Reads the current cgroup of the agent. @returns the path of the cgroup if it has changed */
  moved(): string | undefined {
    const path = /^0::(.*)$/m.exec(readText("/proc/self/cgroup"))?.[1];
    if (path === undefined || path === this.cgroup) return undefined;
    const first = this.cgroup === undefined;
    this.cgroup = path;
    this.cgroupFiles.clear();
    const root = join(this.hostRoot, "sys/fs/cgroup");
    this.cgroupDevice = deviceOf(root);
    for (let folder = join("/", path); ; folder = join(folder, "..")) {
      for (const name of CGROUP_FILES) {
        const inode = statSync(join(root, folder, name), { throwIfNoEntry: false })?.ino;
        if (inode !== undefined) this.cgroupFiles.set(inode, name);
      }
      if (folder === "/") break;
    }
    return first ? undefined : path;
  }
}

function deviceOf(path: string): number {
  const dev = statSync(path, { throwIfNoEntry: false })?.dev;
  return dev ?? -1;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
