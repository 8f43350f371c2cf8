import { L4 } from "../event/constants.ts";
import { type Flow, IpNumber } from "../event/flow.ts";
import { FdKind } from "../event/snapshot.ts";
import { type Descriptor, isInet } from "./descriptor.ts";

/** IP protocol numbers by transport protocol of a descriptor. */
const PROTOCOL: Readonly<Record<number, number>> = {
  [L4.TCP]: IpNumber.TCP,
  [L4.UDP]: IpNumber.UDP,
  [L4.ICMP]: IpNumber.ICMP,
};

/** The IP protocol number of an internet socket; undefined for raw and other sockets. */
export function socketProtocol(fd: Descriptor): number | undefined {
  if (!isInet(fd)) return undefined;
  const number = PROTOCOL[fd.l4];
  return number === IpNumber.ICMP && (fd.kind === FdKind.ipv6 || fd.kind === FdKind.ipv6Server)
    ? IpNumber.ICMP6
    : number;
}

/**
 * The flow of a connected socket, from client to server. Undefined if both ports are unknown, for protocols other than
 * TCP and UDP, and for other sockets.
 */
export function socketFlow(fd: Descriptor): Flow | undefined {
  if (fd.kind !== FdKind.ipv4 && fd.kind !== FdKind.ipv6) return undefined;
  const protocol = socketProtocol(fd);
  if (protocol !== IpNumber.TCP && protocol !== IpNumber.UDP) return undefined;
  const { sip, dip, sport, dport } = fd;
  if (sport === 0 && dport === 0) return undefined;
  return { protocol, source: sip, destination: dip, sourcePort: sport, destinationPort: dport };
}
