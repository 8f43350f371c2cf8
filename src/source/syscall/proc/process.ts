import { readdirSync } from "node:fs";
import type { ThreadRecord } from "../../../event/snapshot.ts";
import { bootTime } from "../libc.ts";
import type { ControlGroups } from "./cgroups.ts";
import { withRoot } from "./foreign.ts";
import { statLink } from "./stat.ts";
import { readLink, readText } from "./text.ts";

/** Maximum size of the arguments, and of the environment, in bytes, as in events. */
const KEPT = 4096;
const UNKNOWN_ID = 0xffffffff;
/** PPM_CL_CLONE_THREAD | PPM_CL_CLONE_FILES */
const THREAD_FLAGS = (1 << 13) | 1;
/** Resolution of start times, in nanoseconds. */
export const TICK_NS = 10_000_000n;
const [CAP_DAC_OVERRIDE, CAP_FOWNER] = [1n, 3n];

/** Boot time in nanoseconds since the epoch. Start times in `/proc` are relative to it. */
const booted = bootTime();

/** Options for processes that may have many threads. */
export interface ThreadOptions {
  /** Reads only the main thread and this one. */
  readonly only?: number;
  /** Called after every {@link PAUSE_AFTER} threads. */
  readonly pause?: (() => void) | undefined;
}

const PAUSE_AFTER = 256;

/** Reads the threads of a process, main thread first. Empty for a kernel thread, a zombie or an exited process. */
export function readProcess(
  proc: string,
  pid: number,
  cgroups: ControlGroups,
  { only, pause }: ThreadOptions = {},
): ThreadRecord[] {
  const directory = `${proc}/${pid}`;
  const commandLine = readText(`${directory}/cmdline`);
  const exe = readLink(`${directory}/exe`);
  if (commandLine === undefined || (commandLine === "" && exe === undefined)) return [];
  // The process has just exited. Omit it, since an earlier record is better than a record without an executable.
  if (exe === undefined && !readText(`${directory}/cmdline`)) return [];
  const main = readThread(directory, pid);
  if (main === undefined) return [];
  const { exe: exeName, args } = argumentsOf(commandLine);
  main.exe = exeName;
  main.args = args;
  main.exepath = exe ?? "";
  main.exeFromMemfd = main.exepath.startsWith("/memfd:");
  main.env = kept(readText(`${directory}/environ`) ?? "");
  main.cwd = readLink(`${directory}/cwd`) ?? "";
  main.root = readLink(`${directory}/root`) ?? "";
  main.cgroups = cgroups.read(directory);
  main.fdlimit = fileLimit(directory);
  main.loginuid = Number(readText(`${directory}/loginuid`) ?? UNKNOWN_ID);
  main.pidnsInitStart = namespaceStart(proc, main);
  fillProgram(main, directory);

  const threads = [main];
  for (const name of only === undefined ? taskNames(directory) : [String(only)]) {
    const tid = Number(name);
    if (tid === pid) continue;
    if (threads.length % PAUSE_AFTER === 0) pause?.();
    const thread = readThread(`${directory}/task/${name}`, tid);
    if (thread !== undefined) threads.push(sharing(thread, main));
  }
  return threads;
}

function taskNames(directory: string): string[] {
  try {
    return readdirSync(`${directory}/task`);
  } catch {
    return [];
  }
}

/** Returns a thread record with the values that all threads of a process share, copied from the main thread. */
function sharing(thread: ThreadRecord, main: ThreadRecord): ThreadRecord {
  const { tid, vtid, comm, uid, gid, capPermitted, capEffective, capInheritable, pfmajor, pfminor, cloneTime } = thread;
  const own = { tid, vtid, comm, uid, gid, capPermitted, capEffective, capInheritable, pfmajor, pfminor, cloneTime };
  return { ...main, ...own, flags: THREAD_FLAGS };
}

/** Reads `status`, `stat` and `comm` of a thread. */
function readThread(directory: string, tid: number): ThreadRecord | undefined {
  const status = readText(`${directory}/status`);
  const stat = readText(`${directory}/stat`);
  const comm = readText(`${directory}/comm`);
  if (status === undefined || stat === undefined || comm === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of status.split("\n")) {
    const colon = line.indexOf(":\t");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  const numbers = (name: string) => (fields.get(name) ?? "").trim().split(/\s+/).map(Number);
  const set = (name: string) => BigInt(`0x${fields.get(name) ?? "0"}`);
  // The fields after the name, which may contain any character: state, ppid, pgrp, session, tty, tpgid, flags, minflt,
  // cminflt, majflt, …
  const rest = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [pid = 0] = numbers("Tgid");
  const [ptid = 0] = numbers("PPid");
  const [, uid = 0] = numbers("Uid");
  const [, gid = 0] = numbers("Gid");
  const pgid = Number(rest[2]);
  return {
    tid,
    pid,
    ptid,
    sid: Number(rest[3]),
    pgid,
    vpgid: innermost(numbers("NSpgid"), pgid),
    vtid: innermost(numbers("NSpid"), tid),
    vpid: innermost(numbers("NStgid"), pid),
    comm: comm.slice(0, -1),
    exe: "",
    exepath: "",
    exeWritable: false,
    exeUpperLayer: false,
    exeLowerLayer: false,
    exeFromMemfd: false,
    args: "",
    env: "",
    cwd: "",
    root: "",
    fdlimit: -1,
    flags: 0,
    uid,
    gid,
    loginuid: UNKNOWN_ID,
    capPermitted: set("CapPrm"),
    capEffective: set("CapEff"),
    capInheritable: set("CapInh"),
    exeIno: 0n,
    exeInoCtime: 0n,
    exeInoMtime: 0n,
    vmsizeKb: numbers("VmSize")[0] || 0,
    vmrssKb: numbers("VmRSS")[0] || 0,
    vmswapKb: numbers("VmSwap")[0] || 0,
    pfmajor: Number(rest[9]),
    pfminor: Number(rest[7]),
    pidnsInitStart: 0n,
    cgroups: "",
    cloneTime: birth(rest),
    tty: Number(rest[4]),
  };
}

/** Returns the start time of a process in nanoseconds since the epoch; undefined if it has exited. */
export function startOf(directory: string): bigint | undefined {
  const stat = readText(`${directory}/stat`);
  return stat === undefined ? undefined : birth(stat.slice(stat.lastIndexOf(")") + 2).split(" "));
}

/** Returns the start time from field 22 of `stat`, which counts clock ticks since boot. */
function birth(rest: string[]): bigint {
  return booted + BigInt(rest[19] ?? "0") * TICK_NS;
}

/** Returns the last ID. IDs are listed from the outermost namespace to the namespace of the process. */
function innermost(ids: number[], otherwise: number): number {
  const last = ids.at(-1);
  return last === undefined || Number.isNaN(last) ? otherwise : last;
}

function argumentsOf(commandLine: string): { exe: string; args: string } {
  if (commandLine === "") return { exe: "", args: "" };
  const whole = kept(commandLine);
  const end = whole.indexOf("\0");
  return { exe: whole.slice(0, end), args: whole.slice(end + 1) };
}

/** Truncates NUL-terminated strings to their maximum size in events, and terminates the last one. */
function kept(text: string): string {
  if (text === "") return "";
  return text.length <= KEPT && text.endsWith("\0") ? text : `${text.slice(0, KEPT - 1)}\0`;
}

function fileLimit(directory: string): number {
  const match = /^Max open files\s+(\S+)/m.exec(readText(`${directory}/limits`) ?? "");
  return match === null || match[1] === "unlimited" ? -1 : Number(match[1]);
}

/**
 * Returns the start time of the first process in the PID namespace of the process, if the `/proc` of that namespace is
 * accessible.
 */
function namespaceStart(proc: string, { pid, vpid }: ThreadRecord): bigint {
  const stat = pid === vpid ? readText(`${proc}/1/stat`) : withRoot(proc, pid, (root) => root.readProc("1/stat"));
  return stat === undefined ? 0n : birth(stat.slice(stat.lastIndexOf(")") + 2).split(" "));
}

/** Sets the fields of a thread record that describe its executable, such as inode and times. */
function fillProgram(thread: ThreadRecord, directory: string): void {
  const file = statLink(`${directory}/exe`);
  if (file === undefined) return; // the process has exited, or its executable is not accessible
  thread.exeIno = file.ino;
  thread.exeInoCtime = file.ctime;
  thread.exeInoMtime = file.mtime;
  thread.exeWritable = mayWrite(thread, file.mode, file.uid, file.gid);
}

function mayWrite(thread: ThreadRecord, mode: number, uid: number, gid: number): boolean {
  const [GROUP_WRITE, OTHERS_WRITE] = [0o20, 0o2];
  if (uid === thread.uid) return true;
  if ((mode & (gid === thread.gid ? GROUP_WRITE : OTHERS_WRITE)) !== 0) return true;
  const able = (1n << CAP_DAC_OVERRIDE) | (1n << CAP_FOWNER);
  return (thread.capEffective & able) !== 0n;
}
