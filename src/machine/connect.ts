import { byteStringToNul } from "../event/bytes.ts";
import { EventCode } from "../event/code.ts";
import { AddressFamily, IpProtocol, L4, OpenFlag, SocketType } from "../event/constants.ts";
import type { Event } from "../event/event.ts";
import { FdKind } from "../event/snapshot.ts";
import { adoptNew } from "./adopt.ts";
import { Descriptor, DescriptorFlag, hasNoRole, isServer } from "./descriptor.ts";
import { enteredBy } from "./entered.ts";
import { EINPROGRESS } from "./flags.ts";
import { swapEnds } from "./import.ts";
import type { Machine } from "./machine.ts";
import { type Observed, ownDescriptor } from "./observed.ts";
import { Path } from "./path.ts";
import { present, result, signed, u32 } from "./read.ts";
import { copyBytes, equalBytes, isMapped, Socket, u16 } from "./socket.ts";
import { addressParameterText, connectionText, tupleParameterText, unixText } from "./socket-text.ts";
import { type Ends, isValidAddress, isValidTuple, mappedEnds, setEnds, tupleEnds4, tupleEnds6 } from "./tuple.ts";

export function socket(_machine: Machine, event: Observed): void {
  if (result(event) < 0 || event.thread === undefined) return;
  addSocket(event, result(event), u32(event, 1), u32(event, 2), u32(event, 3), u32(event, 4));
}

/** Creates the descriptor of a datagram socket that is known only from the data sent through it. */
export function inferSocket(event: Observed, number: number, family: number): void {
  addSocket(event, number, family, SocketType.DGRAM, IpProtocol.UDP, 0);
}

function addSocket(
  event: Observed,
  number: number,
  family: number,
  type: number,
  ipProtocol: number,
  flags: number,
): void {
  const { thread } = event;
  if (thread === undefined) return;
  const fd = new Descriptor();
  const area = new Socket();
  fd.socket = area;
  fd.openFlags = flags;
  // In captures, the protocol is unknown, as in Falco.
  const protocol = ipProtocol === IpProtocol.MPTCP && event.machine.isLive ? IpProtocol.TCP : ipProtocol;
  if (family === AddressFamily.UNIX) fd.kind = FdKind.unix;
  else if (family === AddressFamily.NETLINK) fd.kind = FdKind.netlink;
  else if (family === AddressFamily.INET) {
    fd.kind = FdKind.ipv4;
    area.bytes[12] = transport(type, protocol);
  } else if (family === AddressFamily.INET6) {
    fd.kind = FdKind.ipv6;
    area.bytes[36] = transport(type, protocol);
  }
  adoptNew(event, thread, number, fd);
}

function transport(type: number, ipProtocol: number): number {
  const isRaw = type === SocketType.RAW;
  switch (ipProtocol) {
    case IpProtocol.TCP:
      return isRaw ? L4.RAW : L4.TCP;
    case IpProtocol.UDP:
      return isRaw ? L4.RAW : L4.UDP;
    case IpProtocol.ICMP:
      return isRaw ? L4.RAW : L4.ICMP;
    case IpProtocol.RAW:
      return L4.RAW;
    case IpProtocol.IP:
      if ((type & 0xff) === SocketType.STREAM) return L4.TCP;
      return (type & 0xff) === SocketType.DGRAM ? L4.UDP : L4.UNKNOWN;
    default:
      return L4.UNKNOWN;
  }
}

export function bind(_machine: Machine, event: Observed): void {
  if (event.fd === undefined || result(event) < 0 || !isValidAddress(event, 1)) return;
  const fd = ownDescriptor(event);
  if (fd === undefined) return;
  const { bytes } = event;
  const at = event.offset(1);
  const family = bytes[at];
  if (family === AddressFamily.INET && (bytes[at + 5] !== 0 || bytes[at + 6] !== 0)) {
    serveIpv4(fd, bytes, at + 1, at + 5, 12);
  } else if (family === AddressFamily.INET6 && (bytes[at + 17] !== 0 || bytes[at + 18] !== 0)) {
    if (isMapped(bytes, at + 1)) serveIpv4(fd, bytes, at + 13, at + 17, 36);
    else serveIpv6(fd, bytes, at + 1, at + 17);
  }
  fd.path = new Path(addressParameterText(event, 1), fd.rawName);
}

function serveIpv4(fd: Descriptor, bytes: Uint8Array, ip: number, port: number, protocolAt: number): void {
  const area = areaOf(fd);
  const l4 = area[protocolAt]!;
  fd.kind = FdKind.ipv4Server;
  copyBytes(bytes, ip, area, 0, 4);
  copyBytes(bytes, port, area, 4, 2);
  area[6] = l4;
  fd.flags |= DescriptorFlag.server;
}

function serveIpv6(fd: Descriptor, bytes: Uint8Array, ip: number, port: number): void {
  const area = areaOf(fd);
  fd.kind = FdKind.ipv6Server;
  copyBytes(bytes, port, area, 16, 2);
  copyBytes(bytes, ip, area, 0, 16);
  area[18] = area[36]!;
  fd.flags |= DescriptorFlag.server;
}

/** Returns the area with the endpoints of a socket. Creates the area if the descriptor was not known to be a socket. */
export function areaOf(fd: Descriptor): Uint8Array {
  fd.socket ??= new Socket();
  return fd.socket.bytes;
}

/** Handles connect. A pending connect counts as connected. */
export function connect(machine: Machine, event: Observed): void {
  const answer = result(event);
  if (answer < 0 && answer !== -EINPROGRESS) return;
  if (event.fd === undefined && machine.isLive) inferConnected(event);
  const fd = ownDescriptor(event);
  if (fd === undefined) return;
  fd.flags |= DescriptorFlag.connected;
  const entered = enteredBy(machine, event);
  const enter = entered !== undefined && isValidAddress(entered, 1) ? entered : undefined;
  if (!present(event, 1)) {
    if (enter !== undefined) noteDestination(event, fd, enter);
  } else if (isValidTuple(event, 1)) {
    noteConnection(event, fd, enter);
  }
}

/** Index of the descriptor in connect. */
const CONNECT_FD = 2;
const CONNECTED_FAMILIES: readonly number[] = [AddressFamily.INET, AddressFamily.INET6, AddressFamily.UNIX];

/**
 * Creates the descriptor of a socket that is known only from its connection, such as one that was received from another
 * process. Its protocol is assumed to be TCP, because programs rarely connect datagram sockets.
 */
function inferConnected(event: Observed): void {
  if (!present(event, CONNECT_FD) || !isValidTuple(event, 1)) return;
  const number = signed(event, CONNECT_FD);
  const family = event.bytes[event.offset(1)] ?? 0;
  if (number < 0 || !CONNECTED_FAMILIES.includes(family)) return;
  addSocket(event, number, family, SocketType.STREAM, IpProtocol.IP, 0);
}

/** Sets the destination when only the requested address is known. */
function noteDestination(event: Observed, fd: Descriptor, enter: Event): void {
  const { bytes } = enter;
  const at = enter.offset(1);
  const area = areaOf(fd);
  if (bytes[at] === AddressFamily.INET) {
    fd.kind = FdKind.ipv4;
    copyBytes(bytes, at + 1, area, 4, 4);
    copyBytes(bytes, at + 5, area, 10, 2);
  } else if (bytes[at] !== AddressFamily.INET6) {
    fd.path = new Path(tupleParameterText(event, 1), fd.rawName);
  } else if (isMapped(bytes, at + 1)) {
    fd.kind = FdKind.ipv4;
    copyBytes(bytes, at + 13, area, 4, 4);
    copyBytes(bytes, at + 17, area, 10, 2);
  } else {
    fd.kind = FdKind.ipv6;
    copyBytes(bytes, at + 1, area, 16, 16);
    copyBytes(bytes, at + 17, area, 34, 2);
  }
}

function noteConnection(event: Observed, fd: Descriptor, enter: Event | undefined): void {
  const family = event.bytes[event.offset(1)];
  if (family === AddressFamily.INET || family === AddressFamily.INET6) {
    noteInetConnection(event, fd, enter, family === AddressFamily.INET ? 4 : 16);
  } else {
    if (fd.kind !== FdKind.unix || family !== AddressFamily.UNIX) return;
    noteUnixConnection(event, fd, enter);
  }
  if (hasNoRole(fd)) fd.flags |= DescriptorFlag.client;
}

function noteInetConnection(event: Observed, fd: Descriptor, enter: Event | undefined, size: 4 | 16): void {
  const ends = size === 4 ? tupleEnds4(event, 1) : tupleEnds6(event, 1);
  if (enter !== undefined && isValidAddress(event, 3)) useRequestedDestination(event, ends, enter, size);
  const isMappedPair = size === 16 && isMapped(ends.bytes, ends.sip) && isMapped(ends.dipBytes, ends.dip);
  fd.kind = size === 4 || isMappedPair ? FdKind.ipv4 : FdKind.ipv6;
  const area = areaOf(fd);
  const changed = setEnds(area, fd.kind, true, isMappedPair ? mappedEnds(ends) : ends);
  const socket = fd.socket ?? new Socket(area);
  // In captures, the last address counts, as in Falco.
  fd.hasPeer = event.machine.isLive && fd.l4 !== L4.TCP && u16(ends.dipBytes, ends.dport) !== 0;
  if (changed && isServer(fd) && fd.kind === FdKind.ipv4 && area[12] === L4.UDP) swapEnds(fd.kind, socket);
  fd.path = new Path(connectionText(fd.kind, socket), fd.rawName);
}

/**
 * Replaces the destination with the address in the enter event, which is the address before translation by the kernel,
 * if the tuple has the address of the exit event.
 */
function useRequestedDestination(event: Observed, ends: Ends, enter: Event, size: 4 | 16): void {
  const addressAt = event.offset(3);
  const { bytes } = event;
  if (!equalBytes(bytes, ends.dport, bytes, addressAt + 1 + size, 2)) return;
  if (!equalBytes(bytes, ends.dip, bytes, addressAt + 1, size)) return;
  ends.dipBytes = enter.bytes;
  ends.dip = enter.offset(1) + 1;
  ends.dport = enter.offset(1) + 1 + size;
}

function noteUnixConnection(event: Observed, fd: Descriptor, enter: Event | undefined): void {
  const { bytes } = event;
  const at = event.offset(1);
  let path = byteStringToNul(bytes, at + 17, at + event.length(1));
  if (enter !== undefined && isValidAddress(event, 3)) {
    const addressAt = event.offset(3);
    if (path === byteStringToNul(bytes, addressAt + 1, addressAt + event.length(3))) {
      const requestedAt = enter.offset(1);
      path = byteStringToNul(enter.bytes, requestedAt + 1, requestedAt + enter.length(1));
    }
  }
  copyBytes(bytes, at + 1, areaOf(fd), 0, 16);
  fd.path = new Path(unixText(fd.unixSource, fd.unixDestination, path), fd.rawName);
}

export function accept(_machine: Machine, event: Observed): void {
  const { thread } = event;
  const number = result(event);
  if (thread === undefined || number < 0) return;
  thread.lastFd = number;
  if (!isValidTuple(event, 1)) return;
  const { bytes } = event;
  const at = event.offset(1);
  const family = bytes[at];
  const fd = new Descriptor();
  const area = areaOf(fd);
  if (family === AddressFamily.INET) {
    fd.kind = FdKind.ipv4;
    setEnds(area, FdKind.ipv4, false, tupleEnds4(event, 1));
    area[12] = L4.TCP;
  } else if (family === AddressFamily.INET6) {
    const ends = tupleEnds6(event, 1);
    const isMappedPair = isMapped(bytes, ends.sip) && isMapped(bytes, ends.dip);
    fd.kind = isMappedPair ? FdKind.ipv4 : FdKind.ipv6;
    setEnds(area, fd.kind, false, isMappedPair ? mappedEnds(ends) : ends);
    area[isMappedPair ? 12 : 36] = L4.TCP;
  } else if (family === AddressFamily.UNIX) {
    fd.kind = FdKind.unix;
    copyBytes(bytes, at + 1, area, 0, 16);
  } else {
    return;
  }
  fd.path = new Path(tupleParameterText(event, 1), "");
  fd.openFlags = event.type === EventCode.ACCEPT4_6_X ? u32(event, 5) & OpenFlag.CLOEXEC : 0;
  fd.flags = DescriptorFlag.server | DescriptorFlag.connected;
  adoptNew(event, thread, number, fd);
}
