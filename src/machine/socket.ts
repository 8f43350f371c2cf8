import { byteString } from "../event/bytes.ts";
import { FdKind } from "../event/snapshot.ts";

/**
 * The ends of a socket, with the layout that Falco uses: one area whose meaning depends on the kind of descriptor. A
 * socket whose kind changes (bind, a mapped address) therefore has the same values as in Falco.
 *
 * | kind        | source | destination | ports  | protocol |
 * |-------------|--------|-------------|--------|----------|
 * | ipv4        | 0…3    | 4…7         | 8, 10  | 12       |
 * | ipv4Server  | 0…3    |             | 4      | 6        |
 * | ipv6        | 0…15   | 16…31       | 32, 34 | 36       |
 * | ipv6Server  | 0…15   |             | 16     | 18       |
 * | unix        | 0…7    | 8…15        |        |          |
 *
 * Addresses are in network order, ports little-endian.
 */
export class Socket {
  readonly bytes: Uint8Array;
  /** The ends for which `communityId` was computed, as text; "" if it has not been computed yet. */
  communityOf = "";
  communityId: string | undefined = undefined;

  constructor(bytes: Uint8Array = new Uint8Array(40)) {
    this.bytes = bytes;
  }

  copy(): Socket {
    return new Socket(this.bytes.slice());
  }

  sip(kind: FdKind): string {
    if (kind === FdKind.ipv4 || kind === FdKind.ipv4Server) return byteString(this.bytes, 0, 4);
    if (kind === FdKind.ipv6 || kind === FdKind.ipv6Server) return byteString(this.bytes, 0, 16);
    return "";
  }

  dip(kind: FdKind): string {
    if (kind === FdKind.ipv4) return byteString(this.bytes, 4, 8);
    return kind === FdKind.ipv6 ? byteString(this.bytes, 16, 32) : "";
  }

  sport(kind: FdKind): number {
    const at = SPORT[kind]!;
    return at === 0 ? 0 : u16(this.bytes, at);
  }

  dport(kind: FdKind): number {
    if (kind === FdKind.ipv4) return u16(this.bytes, 10);
    return kind === FdKind.ipv6 ? u16(this.bytes, 34) : 0;
  }

  l4(kind: FdKind): number {
    const at = PROTOCOL[kind]!;
    return at === 0 ? 0 : this.bytes[at]!;
  }

  get source(): bigint {
    return u64(this.bytes, 0);
  }

  get destination(): bigint {
    return u64(this.bytes, 8);
  }
}

/** Offset of the (source) port by kind of descriptor; 0 if there is none. */
export const SPORT = new Uint8Array(32);
/** Offset of the protocol by kind of descriptor; 0 if there is none. */
export const PROTOCOL = new Uint8Array(32);
SPORT[FdKind.ipv4] = 8;
SPORT[FdKind.ipv4Server] = 4;
SPORT[FdKind.ipv6] = 32;
SPORT[FdKind.ipv6Server] = 16;
PROTOCOL[FdKind.ipv4] = 12;
PROTOCOL[FdKind.ipv4Server] = 6;
PROTOCOL[FdKind.ipv6] = 36;
PROTOCOL[FdKind.ipv6Server] = 18;

export function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
}

function u64(bytes: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let i = 7; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
  return value;
}

export function setU64(bytes: Uint8Array, at: number, value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  for (let i = 0; i < 8; i++) {
    bytes[at + i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

export function copyBytes(from: Uint8Array, at: number, to: Uint8Array, toAt: number, size: number): void {
  for (let i = 0; i < size; i++) to[toAt + i] = from[at + i]!;
}

export function equalBytes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}

export function isZero(bytes: Uint8Array, at: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (bytes[at + i] !== 0) return false;
  return true;
}

/** Whether an IPv6 address is a mapped IPv4 address or the unspecified address, which is treated as one. */
export function isMapped(bytes: Uint8Array, at: number): boolean {
  if (!isZero(bytes, at, 10)) return false;
  return (bytes[at + 10] === 0xff && bytes[at + 11] === 0xff) || isZero(bytes, at + 10, 6);
}
