import { type FdKind, FdKind as Kind } from "../event/snapshot.ts";
import type { Descriptor } from "../machine/descriptor.ts";

/** Names and letters of descriptor kinds. */
const KINDS: Readonly<Record<FdKind, readonly [name: string, letter: string]>> = {
  [Kind.unknown]: ["<NA>", "o"],
  [Kind.file]: ["file", "f"],
  [Kind.directory]: ["directory", "d"],
  [Kind.ipv4]: ["ipv4", "4"],
  [Kind.ipv6]: ["ipv6", "6"],
  [Kind.ipv4Server]: ["ipv4", "4"],
  [Kind.ipv6Server]: ["ipv6", "6"],
  [Kind.fifo]: ["pipe", "p"],
  [Kind.unix]: ["unix", "u"],
  [Kind.event]: ["event", "e"],
  [Kind.unsupported]: ["<NA>", "X"],
  [Kind.signal]: ["signalfd", "s"],
  [Kind.eventpoll]: ["eventpoll", "l"],
  [Kind.inotify]: ["inotify", "i"],
  [Kind.timer]: ["timerfd", "t"],
  [Kind.netlink]: ["netlink", "n"],
  [Kind.fileV2]: ["file", "f"],
  [Kind.bpf]: ["bpf", "b"],
  [Kind.userfault]: ["userfaultfd", "u"],
  [Kind.iouring]: ["io_uring", "r"],
  [Kind.memfd]: ["memfd", "m"],
  [Kind.pidfd]: ["pidfd", "P"],
};

/** Name of the kind: `file`, `ipv4`, …; `<NA>` for kinds without a name. */
export function kindName(descriptor: Descriptor): string {
  return KINDS[descriptor.kind][0];
}

/** The kind as one letter. */
export function kindLetter(descriptor: Descriptor): string {
  return KINDS[descriptor.kind][1];
}

/** Letters of transport protocols (values of `L4`), which follow the letter of the kind; "" for none. */
export const transportLetter: readonly string[] = ["", "", "t", "u", "i", "r"];
