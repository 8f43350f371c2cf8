import { L4, OpenFlag } from "../event/constants.ts";
import { FdKind } from "../event/snapshot.ts";
import { EPOLL_CLOEXEC, MFD_CLOEXEC } from "./flags.ts";
import { NO_PATH, Path } from "./path.ts";
import type { Socket } from "./socket.ts";

/** Bits of `Descriptor.flags`. */
export const DescriptorFlag = {
  fromProc: 1 << 0,
  client: 1 << 2,
  server: 1 << 3,
  connected: 1 << 13,
  overlayUpper: 1 << 17,
  overlayLower: 1 << 18,
} as const;

/**
 * A descriptor. Several tables may share it, since fork copies the table but not the descriptors. Only an owner may
 * change it: see `FdTable.own`.
 */
export class Descriptor {
  kind: FdKind = FdKind.unknown;
  /** Path of the file, or the name of another kind of descriptor. Several descriptors may share the object. */
  path: Path = NO_PATH;
  /** PPM_O_* bits. */
  openFlags = 0;
  /** Bits of `DescriptorFlag`. */
  flags = 0;
  mountId = 0;
  dev = 0;
  /** Inode number; a bigint only if a number would not be exact. */
  ino: number | bigint = 0;
  /**
   * The path that the kernel resolved; `NO_PATH` if no rule watches the file, undefined if the sensor did not report
   * it.
   */
  real: Path | undefined = undefined;
  /** PID of the process to which a pidfd refers. */
  pid = 0;
  /** The ends of a socket; undefined for other kinds. */
  socket: Socket | undefined = undefined;
  /** Whether a datagram socket is connected, so that `write` sends to its ends, also after datagrams to other addresses. */
  hasPeer = false;
  /** Whether several tables or numbers may refer to the descriptor. */
  shared = false;

  /** The value of `fd.name`: a path, the text of a tuple, or the text for the kind. A byte string. */
  get name(): string {
    return this.path.text;
  }
  set name(text: string) {
    this.path = new Path(text, this.path.raw);
  }

  /** The name that the program passed, before it was made absolute and normalized. */
  get rawName(): string {
    return this.path.raw;
  }

  /**
   * Addresses are byte strings of 4 or 16 bytes in network order; "" if there is none. Listening sockets use the source
   * side.
   */
  get sip(): string {
    return this.socket?.sip(this.kind) ?? "";
  }
  get dip(): string {
    return this.socket?.dip(this.kind) ?? "";
  }
  get sport(): number {
    return this.socket?.sport(this.kind) ?? 0;
  }
  get dport(): number {
    return this.socket?.dport(this.kind) ?? 0;
  }
  /** The recorded transport protocol (see `L4`). {@link protocol} returns the one to display. */
  get l4(): number {
    return this.socket?.l4(this.kind) ?? L4.UNKNOWN;
  }
  /** Kernel addresses of the two ends of a Unix socket. */
  get unixSource(): bigint {
    return this.socket?.source ?? 0n;
  }
  get unixDestination(): bigint {
    return this.socket?.destination ?? 0n;
  }

  copy(): Descriptor {
    const copy = new Descriptor();
    copy.kind = this.kind;
    copy.path = this.path;
    copy.openFlags = this.openFlags;
    copy.flags = this.flags;
    copy.mountId = this.mountId;
    copy.dev = this.dev;
    copy.ino = this.ino;
    copy.real = this.real;
    copy.pid = this.pid;
    copy.socket = this.socket?.copy();
    copy.hasPeer = this.hasPeer;
    return copy;
  }
}

export function isClient(fd: Descriptor): boolean {
  return (fd.flags & DescriptorFlag.client) !== 0;
}

export function isServer(fd: Descriptor): boolean {
  return (fd.flags & DescriptorFlag.server) !== 0;
}

export function hasNoRole(fd: Descriptor): boolean {
  return (fd.flags & (DescriptorFlag.client | DescriptorFlag.server)) === 0;
}

export function isConnected(fd: Descriptor): boolean {
  return (fd.flags & DescriptorFlag.connected) !== 0;
}

export function isFile(fd: Descriptor): boolean {
  return fd.kind === FdKind.fileV2 || fd.kind === FdKind.file;
}

/** Whether the descriptor is an internet socket, connected or listening. */
export function isInet(fd: Descriptor): boolean {
  return fd.kind >= FdKind.ipv4 && fd.kind <= FdKind.ipv6Server;
}

/**
 * The transport protocol to display. `L4.NA` for an internet socket without a role, unless it listens or is a raw
 * socket, and for all other descriptors.
 */
export function protocol(fd: Descriptor): number {
  const { kind, l4 } = fd;
  if (kind === FdKind.ipv4 || kind === FdKind.ipv6) return l4 !== L4.RAW && hasNoRole(fd) ? L4.NA : l4;
  return kind === FdKind.ipv4Server || kind === FdKind.ipv6Server ? l4 : L4.NA;
}

export function closesOnExec(fd: Descriptor): boolean {
  if ((fd.openFlags & OpenFlag.CLOEXEC) !== 0) return true;
  if (fd.kind === FdKind.eventpoll) return (fd.openFlags & EPOLL_CLOEXEC) !== 0;
  return fd.kind === FdKind.memfd && (fd.openFlags & MFD_CLOEXEC) !== 0;
}

/**
 * Open flags of a descriptor without the close-on-exec flags, which a duplicate does not inherit. EPOLL_CLOEXEC and
 * MFD_CLOEXEC share a bit with "open for reading", which is therefore also removed.
 */
export function keptOnExec(openFlags: number): number {
  return openFlags & ~(OpenFlag.CLOEXEC | EPOLL_CLOEXEC | MFD_CLOEXEC);
}
