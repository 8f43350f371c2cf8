import { cleanBytes } from "../event/clean.ts";
import { EventCode } from "../event/code.ts";
import { CloneFlag, NO_ID, PrctlOption } from "../event/constants.ts";
import { rereadContainer } from "./container.ts";
import { ALL_CAPABILITIES, RLIMIT_NOFILE } from "./flags.ts";
import { asWorkingDirectory } from "./import.ts";
import { linkedPath } from "./linked-path.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { joinPath } from "./path.ts";
import { present, result, signed, text, u32, u64, unsigned } from "./read.ts";
import { isIncomplete, mainThread, type Thread, unshareDescriptors, workingDirectory } from "./thread.ts";

/**
 * Handlers for events that change the credentials, directories, limits or statistics of a thread, and for events that
 * add or delete accounts.
 */

export function chdir(_machine: Machine, event: Observed): void {
  if (event.thread !== undefined && result(event) >= 0) changeDirectory(event.thread, text(event, 1));
}

export function fchdir(_machine: Machine, event: Observed): void {
  if (event.thread !== undefined && event.fd !== undefined && result(event) >= 0) {
    changeDirectory(event.thread, event.fd.name);
  }
}

function changeDirectory(thread: Thread, path: string): void {
  const main = mainThread(thread);
  if (main !== undefined) main.cwd = asWorkingDirectory(joinPath(main.cwd, path));
}

export function chroot(machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || result(event) !== 0) return;
  if (!machine.isLive) {
    const path = text(event, 1);
    const isRelative = path !== "" && path !== "<NA>" && !path.startsWith("/");
    thread.root = isRelative ? joinPath(workingDirectory(thread), path) : cleanBytes(path);
  } else {
    // A program that moves a mount to / may pass a path to chroot that is / afterwards.
    const root = machine.read(event.tid)?.root || rootBelow(machine, event, thread);
    for (const each of thread.group?.threads ?? [thread]) each.root = root;
  }
  rereadContainer(machine, event, thread.containerId);
}

/** The root directory after a chroot to a path that may contain links, or be below an earlier root directory. */
function rootBelow(machine: Machine, event: Observed, thread: Thread): string {
  const name = machine.decoder.name(event, 1);
  if (!name.isAbsolute) return linkedPath(event, thread, name, workingDirectory(thread), "target");
  const path = linkedPath(event, thread, name, "", "target");
  return thread.root.length > 1 ? joinPath("/", thread.root + path) : path;
}

/** Index of the parameter with the effective ID, by event type. */
const EFFECTIVE_ID: ReadonlyMap<number, number> = new Map<number, number>([
  [EventCode.SETUID_X, 1],
  [EventCode.SETREUID_X, 2],
  [EventCode.SETRESUID_X, 2],
  [EventCode.SETGID_X, 1],
  [EventCode.SETREGID_X, 2],
  [EventCode.SETRESGID_X, 2],
]);

/**
 * Whether an ID passed to a call is -1, which leaves the ID unchanged. In captures, -1 counts as the new ID, as in
 * Falco.
 */
function isUnchanged(machine: Machine, id: number): boolean {
  return id === NO_ID && machine.isLive;
}

export function setUser(machine: Machine, event: Observed): void {
  const { thread } = event;
  const at = EFFECTIVE_ID.get(event.type) ?? 1;
  if (thread === undefined || result(event) !== 0 || !present(event, at)) return;
  const id = u32(event, at);
  if (isUnchanged(machine, id)) return;
  thread.uid = id;
  machine.accountTable.ensureUser(thread.containerId, thread.pid, thread.uid, thread.gid);
}

export function setGroup(machine: Machine, event: Observed): void {
  const { thread } = event;
  const at = EFFECTIVE_ID.get(event.type) ?? 1;
  if (thread === undefined || result(event) !== 0 || !present(event, at)) return;
  const id = u32(event, at);
  if (isUnchanged(machine, id)) return;
  thread.gid = id;
  machine.accountTable.meetGroup(thread.containerId, thread.pid, thread.gid);
}

export function setsid(_machine: Machine, event: Observed): void {
  if (event.thread !== undefined && result(event) >= 0) event.thread.sid = result(event);
}

export function capset(_machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || result(event) < 0) return;
  thread.capInheritable = u64(event, 1);
  thread.capPermitted = u64(event, 2);
  thread.capEffective = u64(event, 3);
}

/** Handles unshare and setns. A thread that enters a user namespace gets all capabilities in it. */
export function enterNamespaces(machine: Machine, event: Observed): void {
  const { thread, type } = event;
  if (thread === undefined || result(event) < 0) return;
  const flags = u32(event, type === EventCode.UNSHARE_X ? 1 : 2);
  if (machine.isLive && type === EventCode.UNSHARE_X && (flags & CloneFlag.FILES) !== 0) unshareDescriptors(thread);
  if ((flags & CloneFlag.NEWUSER) === 0) return;
  thread.capInheritable = ALL_CAPABILITIES;
  thread.capPermitted = ALL_CAPABILITIES;
  thread.capEffective = ALL_CAPABILITIES;
}

export function prctl(_machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || isIncomplete(thread) || thread.group === undefined || result(event) < 0) return;
  const option = u32(event, 1);
  if (option !== PrctlOption.SET_CHILD_SUBREAPER && option !== PrctlOption.GET_CHILD_SUBREAPER) return;
  thread.group.reaper = signed(event, 3) !== 0;
}

/** Handles getrlimit and setrlimit. */
export function rlimit(_machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || result(event) < 0 || !present(event, 3) || unsigned(event, 3) !== RLIMIT_NOFILE) return;
  const limit = signed(event, 1);
  const main = mainThread(thread);
  if (limit !== -1 && main !== undefined) main.fdlimit = limit;
}

export function prlimit(machine: Machine, event: Observed): void {
  if (result(event) !== 0 || !present(event, 6) || unsigned(event, 6) !== RLIMIT_NOFILE || !present(event, 5)) return;
  const limit = signed(event, 1);
  if (limit === -1) return;
  const tid = signed(event, 5);
  const thread = machine.threadOrNew(tid === 0 ? event.tid : tid);
  const main = thread === undefined || isIncomplete(thread) ? undefined : mainThread(thread);
  if (main !== undefined) main.fdlimit = limit;
}

/** Handles brk, mmap, mmap2 and munmap, which report the memory size after the call. */
export function memory(_machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined) return;
  if (present(event, 1)) thread.vmsizeKb = unsigned(event, 1);
  if (present(event, 3)) {
    thread.vmrssKb = unsigned(event, 2);
    thread.vmswapKb = unsigned(event, 3);
  }
}

/** Handles a scheduler switch from the thread to another one. */
export function schedswitch(_machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || !present(event, 5)) return;
  thread.pfmajor = unsigned(event, 1);
  thread.pfminor = unsigned(event, 2);
  const main = mainThread(thread);
  if (main === undefined) return;
  main.vmsizeKb = unsigned(event, 3);
  main.vmrssKb = unsigned(event, 4);
  main.vmswapKb = unsigned(event, 5);
}

export function userAdded(machine: Machine, event: Observed): void {
  machine.accountTable.addUser(containerText(event, 5), {
    uid: u32(event, 0),
    gid: u32(event, 1),
    name: text(event, 2),
    home: text(event, 3),
    shell: text(event, 4),
  });
}

export function userDeleted(machine: Machine, event: Observed): void {
  machine.accountTable.removeUser(containerText(event, 5), u32(event, 0));
}

export function groupAdded(machine: Machine, event: Observed): void {
  machine.accountTable.addGroup(containerText(event, 2), { gid: u32(event, 0), name: text(event, 1) });
}

export function groupDeleted(machine: Machine, event: Observed): void {
  machine.accountTable.removeGroup(containerText(event, 2), u32(event, 0));
}

/** ID of the container to which an account belongs; "" for the host. */
function containerText(event: Observed, i: number): string {
  return event.text(i);
}
