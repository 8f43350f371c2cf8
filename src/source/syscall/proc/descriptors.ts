import { type Dir, opendirSync } from "node:fs";
import { type DescriptorRecord, FdKind } from "../../../event/snapshot.ts";
import { MAX_DESCRIPTORS } from "../../../machine/fd-table.ts";
import { openFlags } from "./open-flags.ts";
import type { SocketTables } from "./sockets.ts";
import { FileType, isType, statLink } from "./stat.ts";
import { readLink, readText } from "./text.ts";

/** Kinds of descriptors without a path, by their names in `/proc`. */
const ANONYMOUS: Readonly<Record<string, FdKind>> = {
  "[eventfd]": FdKind.event,
  "[eventpoll]": FdKind.eventpoll,
  inotify: FdKind.inotify,
  "[signalfd]": FdKind.signal,
  "[timerfd]": FdKind.timer,
  "[io_uring]": FdKind.iouring,
  "[userfaultfd]": FdKind.userfault,
  "[pidfd]": FdKind.pidfd,
  "bpf-map": FdKind.bpf,
  "bpf-prog": FdKind.bpf,
  "bpf-link": FdKind.bpf,
  bpf_link: FdKind.bpf,
  "bpf-iter": FdKind.bpf,
};
const ANONYMOUS_PREFIX = "anon_inode:";

const PAUSE_AFTER = 256;

/**
 * Reads the descriptors of a process from its directory in `/proc`, as many as are stored. Descriptors that are closed
 * in the meantime are omitted.
 * @param pause called after every {@link PAUSE_AFTER} descriptors
 */
export function readDescriptors(directory: string, sockets: SocketTables, pause?: () => void): DescriptorRecord[] {
  const records: DescriptorRecord[] = [];
  for (const [i, name] of descriptorNames(directory).entries()) {
    if ((i + 1) % PAUSE_AFTER === 0) pause?.();
    const record = readDescriptor(directory, name, sockets);
    if (record !== undefined) records.push(record);
  }
  return records;
}

/** Returns the names of the first {@link MAX_DESCRIPTORS} descriptors. A process can open millions. */
function descriptorNames(directory: string): string[] {
  const names: string[] = [];
  let folder: Dir | undefined;
  try {
    folder = opendirSync(`${directory}/fd`, { bufferSize: 256 });
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (names.push(entry.name) >= MAX_DESCRIPTORS) break;
    }
  } catch {
    // The process has exited.
  }
  folder?.closeSync();
  return names;
}

function readDescriptor(directory: string, name: string, sockets: SocketTables): DescriptorRecord | undefined {
  const link = readLink(`${directory}/fd/${name}`);
  if (link === undefined) return undefined;
  const fd = Number(name);
  const marked = /^(socket|pipe):\[(\d+)\]$/.exec(link);
  if (marked !== null) {
    const [, sort, inode = ""] = marked;
    if (sort === "pipe") return { ...blank(fd, FdKind.fifo, link), ino: BigInt(inode) };
    const socket = sockets.of(directory).get(inode);
    return socket === undefined ? undefined : { ...blank(fd, socket.kind, ""), ...socket, ino: BigInt(inode) };
  }
  if (link.startsWith(ANONYMOUS_PREFIX)) {
    return blank(fd, ANONYMOUS[link.slice(ANONYMOUS_PREFIX.length)] ?? FdKind.unsupported, "");
  }
  if (link.startsWith("/memfd:")) return blank(fd, FdKind.memfd, link);
  return readFile(directory, fd, link);
}

function readFile(directory: string, fd: number, link: string): DescriptorRecord | undefined {
  const file = statLink(`${directory}/fd/${fd}`);
  if (file === undefined) return undefined;
  const { ino } = file;
  if (isType(file, FileType.fifo)) return { ...blank(fd, FdKind.fifo, link), ino };
  if (isType(file, FileType.directory)) return { ...blank(fd, FdKind.directory, link), ino };
  if (isType(file, FileType.socket)) return { ...blank(fd, FdKind.unsupported, link), ino };
  if (!link.startsWith("/")) return { ...blank(fd, FdKind.unsupported, ""), ino };
  const about = readText(`${directory}/fdinfo/${fd}`) ?? "";
  const flags = /^flags:\s*([0-7]+)/m.exec(about);
  const mount = /^mnt_id:\s*(\d+)/m.exec(about);
  return {
    ...blank(fd, FdKind.fileV2, link),
    ino,
    flags: flags === null ? 0 : openFlags(Number.parseInt(flags[1] ?? "", 8)),
    mountId: mount === null ? 0 : Number(mount[1]),
    dev: file.dev,
  };
}

function blank(fd: number, kind: FdKind, name: string): DescriptorRecord {
  return {
    fd,
    ino: 0n,
    kind,
    name,
    flags: 0,
    mountId: 0,
    dev: 0,
    sip: "",
    dip: "",
    sport: 0,
    dport: 0,
    l4: 0,
    unixSource: 0n,
    unixDestination: 0n,
  };
}
