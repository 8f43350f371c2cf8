import { addressText } from "../event/address.ts";
import { EventCode } from "../event/code.ts";
import { FdKind } from "../event/snapshot.ts";
import type { Descriptor } from "../machine/descriptor.ts";
import type { Observed } from "../machine/observed.ts";
import { fdTable } from "../machine/thread.ts";
import type { Field, Reader } from "./field.ts";
import { row } from "./row.ts";

const TWO_32 = 2 ** 32;
/** Index of the descriptor list in poll and ppoll events. */
const LIST = 1;
/** Size of an entry in the list, in bytes. */
const ENTRY = 10;

/** Reads a property of all descriptors in a poll call, separated by commas. Missing values are skipped. */
function list(read: (fd: number, descriptor: Descriptor | undefined) => string | undefined): Reader {
  return (event: Observed) => {
    if (event.type !== EventCode.POLL_X && event.type !== EventCode.PPOLL_X) return undefined;
    const { thread, view } = event;
    const length = event.length(LIST);
    if (thread === undefined || length < 2) return undefined;
    const table = fdTable(thread);
    const start = event.offset(LIST);
    const count = Math.min(view.getUint16(start, true), Math.floor((length - 2) / ENTRY));
    const words: string[] = [];
    for (let i = 0; i < count; i++) {
      const at = start + 2 + i * ENTRY;
      const fd = view.getUint32(at, true) + view.getInt32(at + 4, true) * TWO_32;
      const word = read(fd, fd < 0 ? undefined : table?.get(fd));
      if (word !== undefined) words.push(word);
    }
    return words.length === 0 ? undefined : words.join(",");
  };
}

const isPair = ({ kind }: Descriptor) => kind === FdKind.ipv4 || kind === FdKind.ipv6;
const isServer = ({ kind }: Descriptor) => kind === FdKind.ipv4Server || kind === FdKind.ipv6Server;

function clientAddress(_fd: number, descriptor: Descriptor | undefined): string | undefined {
  return descriptor !== undefined && isPair(descriptor) ? addressText(descriptor.sip) : undefined;
}

function serverAddress(_fd: number, descriptor: Descriptor | undefined): string | undefined {
  if (descriptor === undefined) return undefined;
  if (isPair(descriptor)) return addressText(descriptor.dip);
  return isServer(descriptor) ? addressText(descriptor.sip) : undefined;
}

function port(side: "sport" | "dport") {
  return (_fd: number, descriptor: Descriptor | undefined) =>
    descriptor !== undefined && isPair(descriptor) ? String(descriptor[side]) : undefined;
}

export const listFields: readonly Field[] = [
  row(
    "fdlist.nums",
    "CHARBUF",
    list(String),
    "The numbers of the descriptors of a poll or ppoll call, separated by commas.",
  ),
  row(
    "fdlist.names",
    "CHARBUF",
    list((_fd, descriptor) => (descriptor === undefined || descriptor.name === "" ? "<NA>" : descriptor.name)),
    "The names of the descriptors of a poll or ppoll call.",
  ),
  row("fdlist.cips", "CHARBUF", list(clientAddress), "The client addresses of the sockets of a poll or ppoll call."),
  row("fdlist.sips", "CHARBUF", list(serverAddress), "The server addresses of the sockets of a poll or ppoll call."),
  row("fdlist.cports", "CHARBUF", list(port("sport")), "The client ports of the sockets of a poll or ppoll call."),
  row("fdlist.sports", "CHARBUF", list(port("dport")), "The server ports of the sockets of a poll or ppoll call."),
];
