import { AddressFamily } from "../event/constants.ts";
import type { Event } from "../event/event.ts";
import { FdKind } from "../event/snapshot.ts";
import { copyBytes, equalBytes, isZero } from "./socket.ts";

/** Whether a socket address parameter is complete. True for address families that are not decoded. */
export function isValidAddress(event: Event, i: number): boolean {
  return isWhole(event, i, 7, 19, 2);
}

/** Whether a socket tuple parameter is complete. */
export function isValidTuple(event: Event, i: number): boolean {
  return isWhole(event, i, 13, 37, 18);
}

function isWhole(event: Event, i: number, inet: number, inet6: number, unix: number): boolean {
  const length = event.length(i);
  if (length === 0) return false;
  const at = event.offset(i);
  switch (event.bytes[at]) {
    case AddressFamily.INET:
      return length >= inet;
    case AddressFamily.INET6:
      return length >= inet6;
    case AddressFamily.UNIX:
      return length >= unix && event.bytes[at + length - 1] === 0;
    default:
      return true;
  }
}

/** Offsets of both ends of a connection in a buffer. */
export interface Ends {
  bytes: Uint8Array;
  sip: number;
  sport: number;
  /** The buffer that contains the destination. It may differ from `bytes`. */
  dipBytes: Uint8Array;
  dip: number;
  dport: number;
}

export function tupleEnds4(event: Event, i: number): Ends {
  const at = event.offset(i);
  const { bytes } = event;
  return { bytes, sip: at + 1, sport: at + 5, dipBytes: bytes, dip: at + 7, dport: at + 11 };
}

export function tupleEnds6(event: Event, i: number): Ends {
  const at = event.offset(i);
  const { bytes } = event;
  return { bytes, sip: at + 1, sport: at + 17, dipBytes: bytes, dip: at + 19, dport: at + 35 };
}

/** The IPv4 endpoints in mapped IPv6 endpoints. */
export function mappedEnds(ends: Ends): Ends {
  return { ...ends, sip: ends.sip + 12, dip: ends.dip + 12 };
}

/**
 * Writes the ends of a connection to the area of a socket.
 * @param compare whether the socket already had this kind. If so, a tuple with the same ends in either direction
 *   changes nothing.
 * @returns whether anything changed
 */
export function setEnds(area: Uint8Array, kind: FdKind, compare: boolean, ends: Ends): boolean {
  const size = kind === FdKind.ipv4 ? 4 : 16;
  const ports = 2 * size;
  if (compare && isSameConnection(area, kind, ends)) return false;
  let changed = false;
  changed = put(ends.bytes, ends.sip, area, 0, size) || changed;
  changed = put(ends.bytes, ends.sport, area, ports, 2) || changed;
  changed = complete(ends.dipBytes, ends.dip, area, size, size) || changed;
  changed = complete(ends.dipBytes, ends.dport, area, ports + 2, 2) || changed;
  return changed;
}

/** Whether the area of a socket of this kind contains the same ends, in either direction. */
export function isSameConnection(area: Uint8Array, kind: FdKind, ends: Ends): boolean {
  const size = kind === FdKind.ipv4 ? 4 : 16;
  return isSame(area, size, ends, 0, size) || isSame(area, size, ends, size, 0);
}

/**
 * Whether the area contains `ends`, with their source at offset `source` and their destination at offset `destination`.
 */
function isSame(area: Uint8Array, size: number, ends: Ends, source: number, destination: number): boolean {
  const ports = 2 * size;
  return (
    equalBytes(area, source, ends.bytes, ends.sip, size) &&
    equalBytes(area, ports + (source === 0 ? 0 : 2), ends.bytes, ends.sport, 2) &&
    equalBytes(area, destination, ends.dipBytes, ends.dip, size) &&
    equalBytes(area, ports + (destination === 0 ? 0 : 2), ends.dipBytes, ends.dport, 2)
  );
}

function put(from: Uint8Array, at: number, area: Uint8Array, to: number, size: number): boolean {
  if (equalBytes(from, at, area, to, size)) return false;
  copyBytes(from, at, area, to, size);
  return true;
}

/** Writes an address. An address that was unknown before counts as changed even if the new value is zero. */
function complete(from: Uint8Array, at: number, area: Uint8Array, to: number, size: number): boolean {
  const wasUnset = isZero(area, to, size);
  return put(from, at, area, to, size) || wasUnset;
}
