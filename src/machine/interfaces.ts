import { FdKind, type InterfaceRecord } from "../event/snapshot.ts";
import type { Descriptor } from "./descriptor.ts";
import { copyBytes, equalBytes, isZero, type Socket, u16 } from "./socket.ts";

interface Interface {
  readonly address: Uint8Array;
  readonly netmask: Uint8Array;
}

const LOOPBACK_4 = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK_6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const NONE_4 = new Uint8Array(4);
const NONE_6 = new Uint8Array(16);

/** Offsets of the addresses and ports in {@link Socket.bytes}, for one address size. */
interface Layout {
  readonly size: number;
  readonly sip: number;
  readonly dip: number;
  readonly sport: number;
  readonly dport: number;
}
const IPV4: Layout = { size: 4, sip: 0, dip: 4, sport: 8, dport: 10 };
const IPV6: Layout = { size: 16, sip: 0, dip: 16, sport: 32, dport: 34 };

/** The machine's network interfaces. */
export class Interfaces {
  private readonly v4: Interface[] = [];
  private readonly v6: Interface[] = [];
  readonly records: InterfaceRecord[] = [];

  add(record: InterfaceRecord): void {
    this.records.push(record);
    const address = bytesOf(record.address);
    const netmask = bytesOf(record.netmask);
    (address.length === 4 ? this.v4 : this.v6).push({ address, netmask });
  }

  clear(): void {
    this.v4.length = 0;
    this.v6.length = 0;
    this.records.length = 0;
  }

  /** Sets the missing local end of an internet socket to the address of the interface that leads to the other end. */
  complete(fd: Descriptor, socket: Socket): void {
    if (fd.kind !== FdKind.ipv4 && fd.kind !== FdKind.ipv6) return;
    const layout = fd.kind === FdKind.ipv4 ? IPV4 : IPV6;
    const { bytes } = socket;
    const noSource = isZero(bytes, layout.sip, layout.size);
    if (!noSource && !isZero(bytes, layout.dip, layout.size)) return;
    const given = noSource ? layout.dip : layout.sip;
    const found = this.towards(bytes.slice(given, given + layout.size));
    const samePort = u16(bytes, layout.sport) === u16(bytes, layout.dport);
    if (samePort && equalBytes(found, 0, bytes, given, layout.size)) return;
    copyBytes(found, 0, bytes, noSource ? layout.sip : layout.dip, layout.size);
  }

  /**
   * IPv4: whether an address is in the subnet of an interface, in 10.0.0.0/8, in 192.168.0.0/16, or, as in Falco, in
   * 172.16.0.0/16, 172.80.0.0/16, 172.144.0.0/16 or 172.208.0.0/16. IPv6: whether the address belongs to the machine.
   */
  isNear(address: string): boolean {
    const bytes = bytesOf(address);
    if (bytes.length !== 4) return this.isOwn(address);
    if (bytes[0] === 10 || (bytes[0] === 192 && bytes[1] === 168)) return true;
    if (bytes[0] === 172 && (bytes[1]! & 0x3f) === 16) return true;
    return this.v4.some((one) => sameSubnet(one, bytes));
  }

  /** Whether an address belongs to the machine. Only the first half of IPv6 addresses is compared. */
  isOwn(address: string): boolean {
    const bytes = bytesOf(address);
    if (bytes.length === 4) return this.v4.some((one) => equalBytes(one.address, 0, bytes, 0, 4));
    return this.v6.some((one) => equalBytes(one.address, 0, bytes, 0, 8));
  }

  /** Whether an address is a loopback address or the address of an interface. */
  has(address: string): boolean {
    const bytes = bytesOf(address);
    const { length } = bytes;
    if (length === 4 ? bytes[0] === 127 : equalBytes(bytes, 0, LOOPBACK_6, 0, 16)) return true;
    return (length === 4 ? this.v4 : this.v6).some((one) => equalBytes(one.address, 0, bytes, 0, length));
  }

  private towards(destination: Uint8Array): Uint8Array {
    const { length } = destination;
    const all = length === 4 ? this.v4 : this.v6;
    const loopback = length === 4 ? LOOPBACK_4 : LOOPBACK_6;
    const found =
      all.find((one) => equalBytes(one.address, 0, destination, 0, length)) ??
      all.find((one) =>
        length === 4 ? sameSubnet(one, destination) : equalBytes(one.address, 0, destination, 0, 8),
      ) ??
      all.find((one) => !equalBytes(one.address, 0, loopback, 0, length));
    return found?.address ?? (length === 4 ? NONE_4 : NONE_6);
  }
}

function sameSubnet({ address, netmask }: Interface, other: Uint8Array): boolean {
  for (let i = 0; i < 4; i++) if ((address[i]! & netmask[i]!) !== (other[i]! & netmask[i]!)) return false;
  return true;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
