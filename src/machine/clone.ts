import { EventCode } from "../event/code.ts";
import { CloneFlag } from "../event/constants.ts";
import { rereadContainer } from "./container.ts";
import { threadFrom } from "./import.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { present, result, signed, u32, u64, unsigned } from "./read.ts";
import { environment, fdTable, isIncomplete, mainThread, Thread, workingDirectory } from "./thread.ts";

/** Indices of the clone, fork and vfork parameters that the machine reads. */
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
  flags: 15,
  uid: 16,
  gid: 17,
  vtid: 18,
  vpid: 19,
  pidnsInitStart: 20,
} as const;

/**
 * Minimum age, in nanoseconds, at which an existing entry with the ID of a new thread is considered stale because the
 * exit event of the earlier thread was missed.
 */
const STALE_AFTER = 2_000_000_000n;
/** The path in `/proc` of an executable whose mount was detached and contains only this file. */
const DETACHED = "/";

/**
 * Handles clone, clone3, fork and vfork, which produce one event in the parent and one in the child, in either order.
 */
export function clone(machine: Machine, event: Observed): void {
  const child = result(event);
  if (child < 0) return;
  const containerBefore = event.thread?.containerId ?? "";
  if (child === 0) cloneOfChild(machine, event);
  else cloneOfParent(machine, event, child);
  rereadContainer(machine, event, containerBefore);
}

function cloneOfParent(machine: Machine, event: Observed, childTid: number): void {
  const parent = machine.threadOrNew(event.tid);
  event.thread = parent;
  if (parent === undefined) return;
  const wasKnown = !isIncomplete(parent);
  if (!wasKnown) {
    parent.pid = signed(event, P.pid);
    parent.ptid = signed(event, P.ptid);
    readVirtualIds(event, parent);
    machine.threads.link(parent);
  }
  const flags = u32(event, P.flags);
  /** The child becomes a sibling of its creator. The event of the child does not name the creator. */
  const isSibling = machine.isLive && (flags & (CloneFlag.PARENT | CloneFlag.THREAD)) === CloneFlag.PARENT;
  if (prefersChildEvent(event, parent, isSibling ? flags & ~CloneFlag.PARENT : flags)) return;
  if (machine.threads.exits.has(childTid, creatorOf(machine, parent, flags), event.time)) return;
  const existing = machine.threads.get(childTid);
  if (existing !== undefined) {
    if ((existing.flags & CloneFlag.INVERTED) !== 0) {
      // The child's event was processed first.
      if (isSibling && wasKnown) {
        inherit(existing, parent);
        inheritProcess(existing, parent);
        existing.fds = fdTable(parent)?.fork() ?? existing.fds;
      }
      return;
    }
    machine.removeThread(childTid);
  }
  const leads = (flags & CloneFlag.THREAD) === 0;
  const child = new Thread(childTid, leads && wasKnown ? fdTable(parent)?.fork() : undefined);
  child.flags = flags;
  if (leads) {
    if (wasKnown) inheritProcess(child, parent);
    child.pid = childTid;
    child.ptid = isSibling ? parent.ptid : parent.tid;
  } else {
    child.pid = parent.pid;
    child.ptid = parent.ptid;
    child.flags |= CloneFlag.FILES;
    child.lastExecTime = parent.lastExecTime;
  }
  child.vtid = child.tid;
  child.vpid = child.pid;
  readImage(machine, event, child);
  readNumbers(machine, event, child);
  child.pidnsInitStart = machine.bootTime;
  if (wasKnown) inherit(child, parent);
  else {
    copyImage(parent, child);
    readExecutable(machine, child);
  }
  if (machine.threads.addLinked(child) && existing !== undefined) machine.locate(event);
}

/**
 * ID with which the exit of a child is recorded: the ID of its process if the child is a thread, otherwise the ID of
 * its parent.
 */
function creatorOf(machine: Machine, parent: Thread, flags: number): number {
  if (!machine.isLive) return parent.tid;
  if ((flags & CloneFlag.THREAD) !== 0) return parent.pid;
  return (flags & CloneFlag.PARENT) !== 0 ? parent.ptid : parent.tid;
}

/** Whether the child's event contains more details than the parent's event, as in containers and for vfork. */
function prefersChildEvent(event: Observed, parent: Thread, flags: number): boolean {
  if ((flags & (CloneFlag.CHILD_IN_PIDNS | CloneFlag.NEWPID | CloneFlag.PARENT | CloneFlag.VFORK)) !== 0) return true;
  return event.tid !== parent.vtid || event.type === EventCode.VFORK_20_X;
}

function cloneOfChild(machine: Machine, event: Observed): void {
  const before = event.thread;
  let collides = false;
  if (before !== undefined && before.cloneTime !== 0n) {
    const age = event.time - before.cloneTime;
    if (age >= 0n && age < STALE_AFTER) return; // the parent's event was processed first
    machine.removeThread(event.tid);
    collides = true;
    event.thread = undefined;
  }
  const flags = u32(event, P.flags) | CloneFlag.INVERTED;
  const leads = (flags & CloneFlag.THREAD) === 0;
  const model = machine.threadOrNew(signed(event, leads ? P.ptid : P.pid));
  event.thread = undefined;
  if (model === undefined) return;
  const isModelKnown = !isIncomplete(model);
  const child = new Thread(event.tid, leads && isModelKnown ? fdTable(model)?.fork() : undefined);
  child.flags = leads ? flags : flags | CloneFlag.FILES;
  child.pid = signed(event, P.pid);
  child.ptid = signed(event, P.ptid);
  readVirtualIds(event, child);
  if (!isModelKnown && !leads) {
    model.pid = child.pid;
    model.ptid = child.ptid;
    model.vpid = child.vpid;
    model.vtid = child.vpid;
    machine.threads.link(model);
  }
  readImage(machine, event, child);
  if (isModelKnown) {
    inherit(child, model);
    if (leads) inheritProcess(child, model);
    if (leads && machine.isLive && (flags & CloneFlag.PARENT) !== 0)
      readExecutable(machine, child); // from a sibling
    else child.lastExecTime = model.lastExecTime;
  } else {
    if (!leads) copyImage(model, child);
    readExecutable(machine, child);
  }
  readNumbers(machine, event, child);
  readNamespaceStart(machine, event, child);
  if (!machine.threads.addLinked(child)) return;
  event.thread = child;
  if (collides) machine.locate(event);
}

function readVirtualIds(event: Observed, thread: Thread): void {
  const stated = present(event, P.vpid);
  thread.vtid = stated ? signed(event, P.vtid) : thread.tid;
  thread.vpid = stated ? signed(event, P.vpid) : -1;
}

function readNamespaceStart(machine: Machine, event: Observed, child: Thread): void {
  const isInside = (child.flags & (CloneFlag.CHILD_IN_PIDNS | CloneFlag.NEWPID)) !== 0 || child.tid !== child.vtid;
  if (!isInside) child.pidnsInitStart = machine.bootTime;
  else if (present(event, P.pidnsInitStart)) child.pidnsInitStart = u64(event, P.pidnsInitStart) + machine.bootTime;
}

function readImage(machine: Machine, event: Observed, child: Thread): void {
  const { decoder } = machine;
  child.exe = decoder.text(event, P.exe);
  child.args = decoder.list(event, P.args);
  child.comm = present(event, P.comm) ? decoder.text(event, P.comm) : child.exe;
}

function readNumbers(machine: Machine, event: Observed, child: Thread): void {
  child.fdlimit = signed(event, P.fdlimit);
  if (present(event, P.vmswap)) {
    child.pfmajor = unsigned(event, P.pfmajor);
    child.pfminor = unsigned(event, P.pfminor);
    child.vmsizeKb = unsigned(event, P.vmsize);
    child.vmrssKb = unsigned(event, P.vmrss);
    child.vmswapKb = unsigned(event, P.vmswap);
  }
  child.uid = u32(event, P.uid);
  child.gid = u32(event, P.gid);
  machine.meet("", child);
  if (present(event, P.cgroups)) child.cgroups = machine.cgroupsOf(event, P.cgroups, child) ?? child.cgroups;
  child.cloneTime = event.time;
}

/** Copies attributes that the event does not contain to a new thread. */
function inherit(child: Thread, parent: Thread): void {
  child.exepath = parent.exepath;
  child.program = parent.program;
  child.filename = parent.filename;
  child.systemName = parent.systemName;
  child.realExepath = parent.realExepath;
  child.exeWritable = parent.exeWritable;
  child.exeWritableByUser = parent.exeWritableByUser;
  child.exeUpperLayer = parent.exeUpperLayer;
  child.exeLowerLayer = parent.exeLowerLayer;
  child.exeFromMemfd = parent.exeFromMemfd;
  child.root = parent.root;
  child.sid = parent.sid;
  child.vpgid = parent.vpgid;
  child.pgid = parent.pgid;
  child.tty = parent.tty;
  child.loginuid = parent.loginuid;
  child.capPermitted = parent.capPermitted;
  child.capInheritable = parent.capInheritable;
  child.capEffective = parent.capEffective;
  child.exeIno = parent.exeIno;
  child.exeInoCtime = parent.exeInoCtime;
  child.exeInoMtime = parent.exeInoMtime;
  child.exeInoCtimeDurationCloneTs = parent.exeInoCtimeDurationCloneTs;
}

/**
 * Reads attributes that the event does not contain from the live machine. Needed if the parent is unknown because it
 * started before the sensor or its start was dropped. If the child has called exec in the meantime, nothing is copied,
 * because its exec event has the executable. The path `/` of a file on a detached mount does not replace a path of the
 * same file.
 */
function readExecutable(machine: Machine, child: Thread): void {
  const record = machine.read(child.tid);
  if (record === undefined || record.exe !== child.exe || record.comm !== child.comm) return;
  const isSameFile = child.exepath !== "" && record.exeIno === child.exeIno;
  if (record.exepath !== DETACHED || !isSameFile) inherit(child, threadFrom(record));
}

/** Copies the working directory, environment and session of the parent process to a new process. */
function inheritProcess(child: Thread, parent: Thread): void {
  child.cwd = workingDirectory(parent);
  child.env = environment(parent);
  child.session = (mainThread(parent) ?? parent).session;
}

/**
 * Copies the program of a new child to its parent or main thread, whose program was unknown. At the time of the clone,
 * both threads run the same program.
 */
function copyImage(thread: Thread, child: Thread): void {
  thread.exe = child.exe;
  thread.comm = child.comm;
  thread.args = child.args;
}
