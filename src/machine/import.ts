import { CloneFlag, L4 } from "../event/constants.ts";
import { type DescriptorRecord, FdKind, type ThreadRecord } from "../event/snapshot.ts";
import { parseCgroups, splitTexts } from "./cgroup.ts";
import { Descriptor, DescriptorFlag } from "./descriptor.ts";
import { joinPath, NO_PATH, Path } from "./path.ts";
import { copyBytes, isMapped, PROTOCOL, Socket, SPORT, setU16, setU64 } from "./socket.ts";
import { socketText } from "./socket-text.ts";
import { isMainThread, Thread } from "./thread.ts";

/** Creates a thread from its record, without descriptors, group and parent. */
export function threadFrom(record: ThreadRecord): Thread {
  const thread = new Thread(record.tid);
  thread.pid = record.pid;
  thread.ptid = record.ptid;
  thread.sid = record.sid;
  thread.pgid = record.pgid;
  thread.vpgid = record.vpgid;
  thread.vtid = record.vtid;
  thread.vpid = record.vpid;
  thread.comm = record.comm;
  thread.exe = record.exe;
  thread.exepath = withoutDeleted(record.exepath);
  thread.exeWritable = record.exeWritable;
  thread.exeUpperLayer = record.exeUpperLayer;
  thread.exeLowerLayer = record.exeLowerLayer;
  thread.exeFromMemfd = record.exeFromMemfd;
  thread.args = splitTexts(record.args);
  thread.flags |= record.flags | CloneFlag.ACTIVE;
  if (isMainThread(thread)) {
    thread.env = splitTexts(record.env);
    thread.cwd = asWorkingDirectory(joinPath("", record.cwd));
  }
  thread.root = record.root;
  thread.fdlimit = record.fdlimit;
  thread.uid = record.uid;
  thread.exeWritableByUser = record.exeWritableByUser ?? (record.exeWritable && record.uid !== 0);
  thread.realExepath = record.realExepath || undefined;
  thread.filename = record.filename ?? "";
  thread.gid = record.gid;
  thread.loginuid = record.loginuid;
  thread.capPermitted = record.capPermitted;
  thread.capEffective = record.capEffective;
  thread.capInheritable = record.capInheritable;
  thread.exeIno = record.exeIno;
  thread.exeInoCtime = record.exeInoCtime;
  thread.exeInoMtime = record.exeInoMtime;
  thread.vmsizeKb = record.vmsizeKb;
  thread.vmrssKb = record.vmrssKb;
  thread.vmswapKb = record.vmswapKb;
  thread.pfmajor = record.pfmajor;
  thread.pfminor = record.pfminor;
  thread.pidnsInitStart = record.pidnsInitStart;
  thread.cgroups = parseCgroups(splitTexts(record.cgroups)) ?? thread.cgroups;
  thread.cloneTime = record.cloneTime;
  thread.tty = record.tty;
  return thread;
}

const DELETED = " (deleted)";

/** Removes the suffix that marks a deleted executable from its path. */
export function withoutDeleted(path: string): string {
  return path.length > DELETED.length && path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path;
}

/** Converts a path to the form of working directories, which end in "/". */
export function asWorkingDirectory(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/**
 * Creates a descriptor from its record; undefined for unknown kinds.
 * @param serverPorts receives the ports of listening sockets
 */
export function descriptorFrom(record: DescriptorRecord, serverPorts: Set<number>): Descriptor | undefined {
  const fd = new Descriptor();
  fd.kind = record.kind;
  fd.flags = DescriptorFlag.fromProc;
  fd.ino = record.ino <= Number.MAX_SAFE_INTEGER ? Number(record.ino) : record.ino;
  switch (record.kind) {
    case FdKind.ipv4:
    case FdKind.ipv6:
    case FdKind.ipv4Server:
    case FdKind.ipv6Server:
      inetFrom(record, fd);
      if (fd.kind === FdKind.ipv4Server || fd.kind === FdKind.ipv6Server) serverPorts.add(fd.sport);
      return fd;
    case FdKind.unix:
      fd.socket = new Socket();
      setU64(fd.socket.bytes, 0, record.unixSource);
      setU64(fd.socket.bytes, 8, record.unixDestination);
      fd.path = pathOf(record.name);
      fd.flags |= record.name === "" ? DescriptorFlag.client : DescriptorFlag.server;
      return fd;
    case FdKind.fileV2:
      fd.openFlags = record.flags;
      fd.dev = record.dev;
      fd.mountId = record.mountId;
      fd.path = pathOf(record.name);
      if (record.realPath !== undefined) fd.real = pathOf(record.realPath);
      return fd;
    case FdKind.unknown:
      return undefined;
    default:
      fd.path = pathOf(record.name);
      return fd;
  }
}

function pathOf(name: string): Path {
  return name === "" ? NO_PATH : new Path(name, "");
}

function inetFrom(record: DescriptorRecord, fd: Descriptor): void {
  const socket = new Socket();
  const { bytes } = socket;
  const { sip, dip } = record;
  fd.socket = socket;
  if (record.kind === FdKind.ipv6) {
    writeAddress(bytes, 0, sip);
    writeAddress(bytes, 16, dip);
    if (isMapped(bytes, 0) && isMapped(bytes, 16)) {
      fd.kind = FdKind.ipv4;
      bytes.fill(0);
      writeAddress(bytes, 0, sip.slice(12));
      writeAddress(bytes, 4, dip.slice(12));
    }
  } else {
    writeAddress(bytes, 0, sip);
    if (record.kind === FdKind.ipv4) writeAddress(bytes, 4, dip);
  }
  const isConnection = fd.kind === FdKind.ipv4 || fd.kind === FdKind.ipv6;
  setU16(bytes, SPORT[fd.kind]!, record.sport);
  if (isConnection) setU16(bytes, SPORT[fd.kind]! + 2, record.dport);
  bytes[PROTOCOL[fd.kind]!] = record.l4;
  if (isConnection && record.l4 === L4.TCP) fd.flags |= DescriptorFlag.connected;
  fd.path = new Path(socketText(fd.kind, socket), "");
}

function writeAddress(bytes: Uint8Array, at: number, address: string): void {
  for (let i = 0; i < address.length; i++) bytes[at + i] = address.charCodeAt(i);
}

/**
 * Determines client and server of IPv4 connections in a snapshot. The end whose port has a listening socket is the
 * server.
 */
export function settleSockets(thread: Thread, serverPorts: ReadonlySet<number>): void {
  for (const [, fd] of thread.fds.entries()) {
    const { socket } = fd;
    if (fd.kind !== FdKind.ipv4 || socket === undefined) continue;
    if (!serverPorts.has(fd.sport)) {
      fd.flags |= DescriptorFlag.client;
      continue;
    }
    swapEnds(fd.kind, socket);
    fd.path = new Path(socketText(FdKind.ipv4, socket), "");
    fd.flags |= DescriptorFlag.server;
  }
}

/** Swaps source and destination of a socket. */
export function swapEnds(kind: FdKind, socket: Socket): void {
  const { bytes } = socket;
  const size = kind === FdKind.ipv4 ? 4 : 16;
  const source = bytes.slice(0, size);
  copyBytes(bytes, size, bytes, 0, size);
  copyBytes(source, 0, bytes, size, size);
  const ports = bytes.slice(2 * size, 2 * size + 4);
  copyBytes(ports, 2, bytes, 2 * size, 2);
  copyBytes(ports, 0, bytes, 2 * size + 2, 2);
}
