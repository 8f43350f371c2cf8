import { EventCode } from "../event/code.ts";
import { AddressFamily, L4 } from "../event/constants.ts";
import { FdKind } from "../event/snapshot.ts";
import { areaOf, inferSocket } from "./connect.ts";
import { type Descriptor, DescriptorFlag, hasNoRole, isClient, isServer } from "./descriptor.ts";
import { swapEnds } from "./import.ts";
import type { Machine } from "./machine.ts";
import { type Observed, ownDescriptor } from "./observed.ts";
import { Path } from "./path.ts";
import { present, result, signed } from "./read.ts";
import { copyBytes, isMapped, Socket, u16 } from "./socket.ts";
import { connectionText, tupleParameterText } from "./socket-text.ts";
import { fdTable, type Thread } from "./thread.ts";
import { isSameConnection, isValidTuple, mappedEnds, setEnds, tupleEnds4, tupleEnds6 } from "./tuple.ts";

/** Handles a read or write, which marks a socket as connected. */
export function readOrWrite(machine: Machine, event: Observed): void {
  if (transfer(event)) machine.names?.observe(event);
}

/** Marks a socket as connected. @returns whether an internet socket transferred data */
function transfer(event: Observed): boolean {
  const { fd } = event;
  if (fd === undefined || result(event) < 0) return false;
  if (fd.kind !== FdKind.ipv4 && fd.kind !== FdKind.ipv6) return false;
  markConnected(event, fd);
  return true;
}

function markConnected(event: Observed, fd: Descriptor): void {
  if ((fd.flags & DescriptorFlag.connected) !== 0) return;
  const own = ownDescriptor(event);
  if (own !== undefined) own.flags |= DescriptorFlag.connected;
}

/** Index of the tuple parameter in calls that receive messages, by event type. */
const RECEIVE_TUPLE: ReadonlyMap<number, number> = new Map<number, number>([
  [EventCode.RECVFROM_X, 2],
  [EventCode.RECVMSG_X, 3],
  [EventCode.RECVMMSG_X, 4],
  [EventCode.RECV_X, 4],
]);

/** Event types of calls that receive messages. */
export const RECEIVE_CALLS: readonly number[] = [...RECEIVE_TUPLE.keys()];

/** Index of the descriptor in calls that send messages. */
const SEND_FD = 2;
/** Index of the tuple in calls that send messages. */
const SEND_TUPLE = 4;

export function receive(machine: Machine, event: Observed): void {
  if (!present(event, 0)) return;
  transfer(event);
  const { fd } = event;
  if (fd === undefined || result(event) < 0) return;
  noteTuple(machine, event, fd, RECEIVE_TUPLE.get(event.type) ?? SEND_TUPLE, true);
  machine.names?.observe(event);
}

export function send(machine: Machine, event: Observed): void {
  if (!present(event, 0)) return;
  if (event.fd === undefined && event.type !== EventCode.SENDMMSG_X) inferFromTuple(event);
  transfer(event);
  const { fd } = event;
  if (fd === undefined || result(event) < 0) return;
  noteTuple(machine, event, fd, SEND_TUPLE, false);
  machine.names?.observe(event);
}

function inferFromTuple(event: Observed): void {
  if (event.thread === undefined || result(event) < 0 || !present(event, SEND_TUPLE)) return;
  const family = event.bytes[event.offset(SEND_TUPLE)];
  if (family !== AddressFamily.INET && family !== AddressFamily.INET6) return;
  const number = signed(event, SEND_FD);
  if (number >= 0) inferSocket(event, number, family);
}

/** Sets the ends of a datagram socket from a datagram. TCP sockets get their ends from connect and accept. */
function noteTuple(machine: Machine, event: Observed, fd: Descriptor, i: number, incoming: boolean): void {
  if (fd.kind === FdKind.ipv4 && fd.l4 === L4.TCP && fd.path.text !== "") return;
  if (!isValidTuple(event, i)) return;
  if (fd.hasPeer && !incoming) {
    if (hasEnds(event, fd, i)) return;
    // Only this datagram has another destination; the socket keeps its peer.
    event.fd = fd.copy();
  }
  const own = ownDescriptor(event);
  if (own === undefined || event.thread === undefined || !update(machine, event, own, i)) return;
  const { socket } = own;
  if ((own.kind === FdKind.ipv4 || own.kind === FdKind.ipv6) && socket !== undefined) {
    if (hasNoRole(own)) guessRole(own, socket, event.thread, incoming);
    if (incoming ? isClient(own) : isServer(own)) swapEnds(own.kind, socket);
    own.path = new Path(connectionText(own.kind, socket), own.rawName);
  } else {
    own.path = new Path(tupleParameterText(event, i), own.rawName);
  }
}

/** Whether the ends of a socket equal the ends in a tuple. */
function hasEnds(event: Observed, fd: Descriptor, i: number): boolean {
  const area = areaOf(fd);
  switch (event.bytes[event.offset(i)]) {
    case AddressFamily.INET:
      return fd.kind === FdKind.ipv4 && isSameConnection(area, fd.kind, tupleEnds4(event, i));
    case AddressFamily.INET6: {
      const ends = tupleEnds6(event, i);
      if (fd.kind === FdKind.ipv6) return isSameConnection(area, fd.kind, ends);
      const { bytes, sip, dip } = ends;
      return isMapped(bytes, sip) && isMapped(bytes, dip) && isSameConnection(area, FdKind.ipv4, mappedEnds(ends));
    }
    default:
      return false;
  }
}

/** Sets the ends of a socket to the addresses and ports in a tuple. Returns false if nothing changed. */
function update(machine: Machine, event: Observed, fd: Descriptor, i: number): boolean {
  const { bytes } = event;
  const at = event.offset(i);
  const area = areaOf(fd);
  const socket = fd.socket ?? new Socket(area);
  switch (bytes[at]) {
    case AddressFamily.INET:
      if (fd.kind === FdKind.ipv4Server) area[12] = area[6]!;
      fd.kind = FdKind.ipv4;
      if (!setEnds(area, FdKind.ipv4, true, tupleEnds4(event, i))) return false;
      break;
    case AddressFamily.INET6: {
      const ends = tupleEnds6(event, i);
      if (isMapped(bytes, ends.sip) && isMapped(bytes, ends.dip)) {
        fd.kind = FdKind.ipv4;
        if (!setEnds(area, FdKind.ipv4, true, mappedEnds(ends))) return false;
      } else if (!setEnds(area, FdKind.ipv6, fd.kind === FdKind.ipv6, ends)) {
        return false;
      }
      break;
    }
    case AddressFamily.UNIX:
      fd.kind = FdKind.unix;
      copyBytes(bytes, at + 1, area, 0, 16);
      return true;
    default:
      break;
  }
  if (fd.kind === FdKind.ipv4 && area[12] === L4.UNKNOWN) area[12] = L4.UDP;
  else if (fd.kind === FdKind.ipv6 && area[36] === L4.UNKNOWN) area[36] = L4.UDP;
  machine.interfaceTable.complete(fd, socket);
  return true;
}

/** Guesses whether this end of the socket is the server or the client, from the ports that the process uses. */
function guessRole(fd: Descriptor, { bytes }: Socket, thread: Thread, incoming: boolean): void {
  const sport = u16(bytes, 8); // offset of IPv4 sockets, used for all kinds
  const dport = u16(bytes, 10);
  let isServing = incoming;
  if (!isBoundTo(thread, dport)) isServing = false;
  else if (!usesClientPort(thread, sport)) isServing = true;
  fd.flags |= isServing ? DescriptorFlag.server : DescriptorFlag.client;
}

function isBoundTo(thread: Thread, port: number): boolean {
  for (const [, fd] of fdTable(thread)?.entries() ?? []) {
    if (fd.kind === FdKind.ipv4 && fd.dport === port) return true;
    if (fd.kind === FdKind.ipv4Server && fd.sport === port) return true;
  }
  return false;
}

function usesClientPort(thread: Thread, port: number): boolean {
  for (const [, fd] of fdTable(thread)?.entries() ?? []) if (fd.kind === FdKind.ipv4 && fd.sport === port) return true;
  return false;
}
