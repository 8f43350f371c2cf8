import { addressText } from "../event/address.ts";
import { byteString, byteStringToNul } from "../event/bytes.ts";
import { cleanBytes } from "../event/clean.ts";
import { AddressFamily, L4 } from "../event/constants.ts";
import type { Event } from "../event/event.ts";
import { FdKind } from "../event/snapshot.ts";
import { isMapped, type Socket, u16 } from "./socket.ts";

/** The text `address:port` for an address of `size` bytes at `at`, in network order. */
function endText(bytes: Uint8Array, at: number, size: number, port: number): string {
  return `${addressText(byteString(bytes, at, at + size))}:${port}`;
}

/** The name of an internet socket in a snapshot: `source->destination`, or the address on which it listens. */
export function socketText(kind: FdKind, { bytes }: Socket): string {
  switch (kind) {
    case FdKind.ipv4:
      return `${endText(bytes, 0, 4, u16(bytes, 8))}->${endText(bytes, 4, 4, u16(bytes, 10))}`;
    case FdKind.ipv4Server:
      return endText(bytes, 0, 4, u16(bytes, 4));
    case FdKind.ipv6:
      return `${endText(bytes, 0, 16, u16(bytes, 32))}->${endText(bytes, 16, 16, u16(bytes, 34))}`;
    case FdKind.ipv6Server:
      return endText(bytes, 0, 16, u16(bytes, 16));
    default:
      return "";
  }
}

/** The name of a socket after a transfer or connect. Without ports if the protocol has none. */
export function connectionText(kind: FdKind, socket: Socket): string {
  const { bytes } = socket;
  const l4 = socket.l4(kind);
  const hasPorts = l4 === L4.TCP || l4 === L4.UDP;
  if (kind === FdKind.ipv4) {
    if (hasPorts) return socketText(kind, socket);
    if (l4 !== L4.ICMP && l4 !== L4.RAW) return "<unknown>";
    return `${addressText(byteString(bytes, 0, 4))}->${addressText(byteString(bytes, 4, 8))}`;
  }
  if (kind !== FdKind.ipv6) return "";
  if (!hasPorts && l4 !== L4.ICMP) return "<unknown>";
  const mapped = isMapped(bytes, 0) && isMapped(bytes, 16);
  const at = mapped ? 12 : 0;
  const source = byteString(bytes, at, 16);
  const destination = byteString(bytes, 16 + at, 32);
  if (!hasPorts) return `${addressText(source)}->${addressText(destination)}`;
  // For mapped addresses, the ports are at the offset that IPv4 sockets use.
  const ports = mapped ? 8 : 32;
  return `${addressText(source)}:${u16(bytes, ports)}->${addressText(destination)}:${u16(bytes, ports + 2)}`;
}

/** The name of a connected Unix socket: the kernel addresses of both ends, and the path. */
export function unixText(source: bigint, destination: bigint, path: string): string {
  return `${source.toString(16)}->${destination.toString(16)} ${cleanBytes(path)}`;
}

/** The text of a socket address parameter. */
export function addressParameterText(event: Event, i: number): string {
  const length = event.length(i);
  if (length === 0) return "<NA>";
  const { bytes } = event;
  const at = event.offset(i);
  switch (bytes[at]) {
    case AddressFamily.UNIX:
      return cleanBytes(byteStringToNul(bytes, at + 1, at + length));
    case AddressFamily.INET:
      return length === 7 ? endText(bytes, at + 1, 4, u16(bytes, at + 5)) : "INVALID IPv4";
    case AddressFamily.INET6:
      return length === 19 ? endText(bytes, at + 1, 16, u16(bytes, at + 17)) : "INVALID IPv6";
    default:
      return `family ${bytes[at]}`;
  }
}

/** The text of a socket tuple parameter. */
export function tupleParameterText(event: Event, i: number): string {
  const length = event.length(i);
  if (length === 0) return "NULL";
  const { bytes, view } = event;
  const at = event.offset(i);
  switch (bytes[at]) {
    case AddressFamily.INET:
      if (length !== 13) return "INVALID IPv4";
      return `${endText(bytes, at + 1, 4, u16(bytes, at + 5))}->${endText(bytes, at + 7, 4, u16(bytes, at + 11))}`;
    case AddressFamily.INET6: {
      if (length !== 37) return "INVALID IPv6";
      const mapped = isMapped(bytes, at + 1) && isMapped(bytes, at + 19);
      const skip = mapped ? 12 : 0;
      const source = endText(bytes, at + 1 + skip, 16 - skip, u16(bytes, at + 17));
      return `${source}->${endText(bytes, at + 19 + skip, 16 - skip, u16(bytes, at + 35))}`;
    }
    case AddressFamily.UNIX: {
      if (length < 17) return "";
      const path = byteStringToNul(bytes, at + 17, at + length);
      return unixText(view.getBigUint64(at + 1, true), view.getBigUint64(at + 9, true), path);
    }
    default:
      return `family ${bytes[at]}`;
  }
}
