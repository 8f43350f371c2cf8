import { EventCode } from "../event/code.ts";
import { CloneFlag, ExecFlag } from "../event/constants.ts";
import { rereadContainer } from "./container.ts";
import { closesOnExec } from "./descriptor.ts";
import { enteredBy } from "./entered.ts";
import { EXECVEAT_EMPTY_PATH, MISSING, UNKNOWN_DIRECTORY } from "./flags.ts";
import { withoutDeleted } from "./import.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { directoryText } from "./open.ts";
import { joinPath, NO_PATH } from "./path.ts";
import { present, result, signed, u32, u64, unsigned } from "./read.ts";
import { realPathOf } from "./real-path.ts";
import { fdTable, isDead, isIncomplete, isMainThread, type Thread, workingDirectory } from "./thread.ts";

/** Indices of the exec parameters that the machine reads. */
const P = {
  exe: 1,
  args: 2,
  pid: 4,
  ptid: 5,
  fdlimit: 7,
  pfmajor: 8,
  pfminor: 9,
  vmsize: 10,
  vmrss: 11,
  vmswap: 12,
  comm: 13,
  cgroups: 14,
  env: 15,
  tty: 16,
  vpgid: 17,
  loginuid: 18,
  flags: 19,
  capInheritable: 20,
  capPermitted: 21,
  capEffective: 22,
  exeIno: 23,
  exeInoCtime: 24,
  exeInoMtime: 25,
  uid: 26,
  exepath: 27,
  pgid: 28,
  gid: 29,
  filename: 30,
} as const;

/** Handles execve and execveat. A failed call changes nothing. The result of a successful call is always 0. */
export function exec(machine: Machine, event: Observed): void {
  if (result(event) !== 0) return;
  const { thread } = event;
  if (thread === undefined) return;
  const containerBefore = thread.containerId;
  machine.past?.replaced(thread, event.timeNumber);
  if (isDead(thread)) revive(thread);
  readImage(machine, event, thread);
  readIds(machine, event, thread);
  readNumbers(event, thread);
  readPath(machine, event, thread);
  const real = realPathOf(event);
  thread.realExepath = real === undefined || real === NO_PATH ? undefined : real.text;
  readExecutable(event, thread);
  machine.meet(containerBefore, thread);
  fdTable(thread)?.drop(closesOnExec);
  const kept = CloneFlag.PIPE_SRC | CloneFlag.PIPE_DST | CloneFlag.IS_MAIN_THREAD | CloneFlag.INVERTED;
  thread.flags = (thread.flags & kept) | CloneFlag.ACTIVE | CloneFlag.NAME_CHANGED;
  endOtherThreads(machine, thread);
  rereadContainer(machine, event, containerBefore);
  if (machine.programs !== undefined) machine.programs.started(thread);
  if (machine.workloads !== undefined) machine.workloads.processStarted(machine, thread);
  if (machine.sessions !== undefined) machine.sessions.processStarted(event, thread);
}

/**
 * Marks the main thread as running again when another thread of the process called exec and took over its ID after its
 * exit was recorded.
 */
function revive(thread: Thread): void {
  thread.flags &= ~CloneFlag.CLOSED;
  if (thread.group !== undefined) thread.group.aliveCount++;
}

function readImage(machine: Machine, event: Observed, thread: Thread): void {
  const { decoder } = machine;
  thread.exe = decoder.text(event, P.exe);
  thread.lastExecTime = event.time;
  thread.comm = present(event, P.comm) ? decoder.text(event, P.comm) : thread.exe;
  thread.args = decoder.list(event, P.args);
  if (present(event, P.env)) thread.env = decoder.list(event, P.env);
  if (present(event, P.cgroups)) thread.cgroups = machine.cgroupsOf(event, P.cgroups, thread) ?? thread.cgroups;
}

function readIds(machine: Machine, event: Observed, thread: Thread): void {
  thread.pid = signed(event, P.pid);
  if (isIncomplete(thread)) {
    thread.ptid = signed(event, P.ptid);
    if ((thread.flags & CloneFlag.CHILD_IN_PIDNS) === 0) {
      thread.vtid = thread.tid;
      thread.vpid = thread.pid;
    }
    machine.threads.link(thread);
  }
  if (present(event, P.tty)) thread.tty = u32(event, P.tty);
  if (present(event, P.vpgid)) thread.vpgid = signed(event, P.vpgid);
  if (present(event, P.loginuid)) thread.loginuid = u32(event, P.loginuid);
  if (present(event, P.uid)) thread.uid = u32(event, P.uid);
  if (present(event, P.gid)) thread.gid = u32(event, P.gid);
  thread.pgid = present(event, P.pgid) ? signed(event, P.pgid) : -1;
}

function readNumbers(event: Observed, thread: Thread): void {
  thread.fdlimit = signed(event, P.fdlimit);
  if (present(event, P.vmswap)) {
    thread.pfmajor = unsigned(event, P.pfmajor);
    thread.pfminor = unsigned(event, P.pfminor);
    thread.vmsizeKb = unsigned(event, P.vmsize);
    thread.vmrssKb = unsigned(event, P.vmrss);
    thread.vmswapKb = unsigned(event, P.vmswap);
  }
  if (present(event, P.capEffective)) {
    thread.capInheritable = u64(event, P.capInheritable);
    thread.capPermitted = u64(event, P.capPermitted);
    thread.capEffective = u64(event, P.capEffective);
  }
}

/** Sets the path of the executable. Old captures lack it, so it is derived from the enter event. */
function readPath(machine: Machine, event: Observed, thread: Thread): void {
  thread.systemName = undefined;
  const hasFilename = event.type === EventCode.EXECVE_19_X && present(event, P.filename);
  thread.filename = hasFilename ? machine.decoder.text(event, P.filename) : "";
  if (present(event, P.exepath)) {
    thread.exepath = withoutDeleted(machine.decoder.text(event, P.exepath));
    return;
  }
  const entered = enteredBy(machine, event);
  if (entered === undefined) return;
  let path = "";
  if (entered.type === EventCode.EXECVE_19_E) {
    const name = machine.decoder.text(entered, 0);
    path = name === MISSING ? MISSING : joinPath(workingDirectory(thread), name);
  } else if (entered.type === EventCode.EXECVEAT_E) {
    const dirfd = signed(entered, 0);
    const name = machine.decoder.text(entered, 1);
    const isEmptyPath = (u32(entered, 2) & EXECVEAT_EMPTY_PATH) !== 0;
    const directory = name.startsWith("/") ? "." : directoryText(thread, dirfd);
    if (directory !== "." && directory !== UNKNOWN_DIRECTORY) {
      event.fd = fdTable(thread)?.get(dirfd);
      event.nameBefore = event.fd?.name ?? "";
    }
    if ((!isEmptyPath && name === MISSING) || directory === UNKNOWN_DIRECTORY) path = MISSING;
    else path = isEmptyPath ? joinPath("", directory) : joinPath(directory, name);
  }
  thread.exepath = withoutDeleted(path);
}

function readExecutable(event: Observed, thread: Thread): void {
  if (present(event, P.flags)) {
    const flags = u32(event, P.flags);
    thread.exeWritable = (flags & ExecFlag.WRITABLE) !== 0;
    thread.exeWritableByUser = thread.exeWritable && thread.uid !== 0;
    thread.exeUpperLayer = (flags & ExecFlag.UPPER_LAYER) !== 0;
    thread.exeLowerLayer = (flags & ExecFlag.LOWER_LAYER) !== 0;
    thread.exeFromMemfd = (flags & ExecFlag.FROM_MEMFD) !== 0;
  }
  if (!present(event, P.exeInoMtime)) return;
  thread.exeIno = u64(event, P.exeIno);
  thread.exeInoCtime = u64(event, P.exeInoCtime);
  thread.exeInoMtime = u64(event, P.exeInoMtime);
  if (thread.cloneTime !== 0n) {
    thread.exeInoCtimeDurationCloneTs = BigInt.asUintN(64, thread.cloneTime - thread.exeInoCtime);
  }
  if (thread.pidnsInitStart !== 0n && thread.exeInoCtime > thread.pidnsInitStart) {
    thread.exeInoCtimeDurationPidnsStart = thread.exeInoCtime - thread.pidnsInitStart;
  }
}

function endOtherThreads(machine: Machine, thread: Thread): void {
  const { group } = thread;
  if (group === undefined || group.aliveCount <= 1) return;
  for (const other of [...group.threads]) {
    if (!isMainThread(other) && other.tid !== thread.tid) machine.removeThread(other.tid);
  }
}
