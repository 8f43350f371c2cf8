import { EventCode } from "../event/code.ts";
import { OpenFlag } from "../event/constants.ts";
import { FdKind } from "../event/snapshot.ts";
import { addDescriptor, adoptNew } from "./adopt.ts";
import { Descriptor } from "./descriptor.ts";
import { EPOLL_CLOEXEC } from "./flags.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { Path } from "./path.ts";
import { result, signed, text, u32, u64, u64OrBigint, unsigned } from "./read.ts";
import { Socket, setU64 } from "./socket.ts";

/** Kinds of descriptors by the event type of the call that returns them. */
const KINDS: ReadonlyMap<number, FdKind> = new Map<number, FdKind>([
  [EventCode.SIGNALFD_X, FdKind.signal],
  [EventCode.SIGNALFD4_X, FdKind.signal],
  [EventCode.TIMERFD_CREATE_X, FdKind.timer],
  [EventCode.INOTIFY_INIT_X, FdKind.inotify],
  [EventCode.INOTIFY_INIT1_X, FdKind.inotify],
  [EventCode.BPF_2_X, FdKind.bpf],
  [EventCode.USERFAULTFD_X, FdKind.userfault],
  [EventCode.IO_URING_SETUP_X, FdKind.iouring],
  [EventCode.EPOLL_CREATE_X, FdKind.eventpoll],
  [EventCode.EPOLL_CREATE1_X, FdKind.eventpoll],
  [EventCode.EVENTFD_X, FdKind.event],
  [EventCode.EVENTFD2_X, FdKind.event],
]);

/** Event types of the calls in {@link KINDS}. */
export const SIMPLE_CREATORS: readonly number[] = [...KINDS.keys()];

/** Index of the parameter with open flags, by event type. */
const FLAGS_AT: ReadonlyMap<number, number> = new Map<number, number>([
  [EventCode.INOTIFY_INIT1_X, 1],
  [EventCode.SIGNALFD4_X, 1],
  [EventCode.TIMERFD_CREATE_X, 2],
  [EventCode.EVENTFD2_X, 1],
]);

/** Handles eventfd, signalfd, timerfd, inotify, epoll, bpf, userfaultfd and io_uring. */
export function createDescriptor(_machine: Machine, event: Observed): void {
  const { thread, type } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  const fd = new Descriptor();
  fd.kind = KINDS.get(type) ?? FdKind.unknown;
  const flagsAt = FLAGS_AT.get(type);
  if (flagsAt !== undefined) fd.openFlags = unsigned(event, flagsAt);
  if (type === EventCode.EPOLL_CREATE1_X && (u32(event, 1) & EPOLL_CLOEXEC) !== 0) fd.openFlags |= OpenFlag.CLOEXEC;
  adoptNew(event, thread, number, fd);
}

export function memfdCreate(_machine: Machine, event: Observed): void {
  const { thread } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  const fd = new Descriptor();
  fd.kind = FdKind.memfd;
  fd.path = new Path(text(event, 1), "");
  fd.openFlags = u32(event, 2);
  adoptNew(event, thread, number, fd);
}

export function pidfdOpen(_machine: Machine, event: Observed): void {
  const { thread } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  const fd = new Descriptor();
  fd.kind = FdKind.pidfd;
  fd.pid = signed(event, 1);
  fd.path = new Path(`/proc/${fd.pid}`, "");
  fd.openFlags = u32(event, 2);
  adoptNew(event, thread, number, fd);
}

/** Handles pipe and pipe2. The second end becomes the descriptor of the event. */
export function pipe(_machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || result(event) < 0) return;
  const flags = event.type === EventCode.PIPE2_X ? u32(event, 4) : 0;
  for (const at of [1, 2]) {
    const fd = new Descriptor();
    fd.kind = FdKind.fifo;
    fd.ino = u64OrBigint(event, 3);
    fd.openFlags = flags;
    adoptNew(event, thread, signed(event, at), fd);
  }
}

/** Handles socketpair. The first end becomes the descriptor of the event. */
export function socketpair(_machine: Machine, event: Observed): void {
  const { thread } = event;
  if (thread === undefined || result(event) < 0) return;
  const first = signed(event, 1);
  const second = signed(event, 2);
  if (first === second) {
    event.fd = undefined;
    return;
  }
  const fd = new Descriptor();
  fd.kind = FdKind.unix;
  fd.socket = new Socket();
  setU64(fd.socket.bytes, 0, u64(event, 3));
  setU64(fd.socket.bytes, 8, u64(event, 4));
  adoptNew(event, thread, first, fd);
  addDescriptor(thread, second, fd.copy());
}
