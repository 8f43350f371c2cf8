import { EventCode } from "../event/code.ts";
import { CloneFlag, CloseRangeFlag, FcntlCommand, OpenFlag } from "../event/constants.ts";
import { FdKind } from "../event/snapshot.ts";
import { addDescriptor } from "./adopt.ts";
import { type Descriptor, keptOnExec } from "./descriptor.ts";
import { FD_CLOEXEC } from "./flags.ts";
import type { Machine } from "./machine.ts";
import { type Observed, ownDescriptor } from "./observed.ts";
import { result, signed, u32, unsigned } from "./read.ts";
import { fdTable, unshareDescriptors } from "./thread.ts";

export function close(machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || event.fd === undefined || result(event) < 0) return;
  machine.closeAfter(thread, thread.lastFd);
}

export function closeRange(machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || result(event) < 0) return;
  const flags = u32(event, 3);
  if (machine.isLive && (flags & CloseRangeFlag.UNSHARE) !== 0) unshareDescriptors(thread);
  const table = fdTable(thread);
  if (table === undefined) return;
  const first = u32(event, 1);
  const last = u32(event, 2);
  if ((flags & CloseRangeFlag.CLOEXEC) === 0) {
    table.drop((_fd, number) => number >= first && number <= last);
    return;
  }
  for (const [number] of [...table.entries()]) {
    if (number < first || number > last) continue;
    const fd = table.own(number);
    if (fd !== undefined) fd.openFlags |= OpenFlag.CLOEXEC;
  }
}

export function dup(machine: Machine, event: Observed): void {
  const { thread, fd } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  if (fd === undefined) {
    // An unknown descriptor, such as a received socket, replaces a known one. Falco keeps the known one.
    if (machine.isLive) fdTable(thread)?.delete(number);
    return;
  }
  if (number === 0) thread.flags |= CloneFlag.PIPE_DST;
  if (number === 1) thread.flags |= CloneFlag.PIPE_SRC;
  const closes = event.type === EventCode.DUP3_X && (u32(event, 3) & OpenFlag.CLOEXEC) !== 0;
  duplicate(event, fd, number, closes);
}

export function fcntl(_machine: Machine, event: Observed): void {
  const { thread, fd } = event;
  if (thread === undefined || fd === undefined) return;
  const command = unsigned(event, 2);
  if (command !== FcntlCommand.SETFD && command !== FcntlCommand.DUPFD && command !== FcntlCommand.DUPFD_CLOEXEC)
    return;
  const number = result(event);
  if (number < 0) return;
  if (command !== FcntlCommand.SETFD) {
    duplicate(event, fd, number, command === FcntlCommand.DUPFD_CLOEXEC);
    return;
  }
  const closes = (unsigned(event, 3) & FD_CLOEXEC) !== 0;
  const flags = keptOnExec(fd.openFlags) | (closes ? OpenFlag.CLOEXEC : 0);
  if (flags === fd.openFlags) return;
  const own = ownDescriptor(event);
  if (own !== undefined) own.openFlags = flags;
}

function duplicate(event: Observed, fd: Descriptor, number: number, closesOnExec: boolean): void {
  const { thread } = event;
  if (thread === undefined) return;
  const copy = fd.copy();
  copy.openFlags = keptOnExec(fd.openFlags) | (closesOnExec ? OpenFlag.CLOEXEC : 0);
  event.fd = addDescriptor(thread, number, copy);
}

/** Handles pidfd_getfd, which copies a descriptor of another process that a pidfd identifies. */
export function pidfdGetfd(machine: Machine, event: Observed): void {
  const { thread } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  const table = fdTable(thread);
  const pidfd = table?.get(signed(event, 1));
  if (pidfd === undefined || pidfd.kind !== FdKind.pidfd) return;
  const other = machine.threads.get(pidfd.pid);
  const target = other === undefined ? undefined : fdTable(other)?.get(signed(event, 2));
  if (target === undefined) return;
  event.nameBefore = target.name;
  duplicate(event, target, number, true);
}
