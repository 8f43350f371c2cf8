import type { GroupRecord, InterfaceRecord, MachineRecord, UserRecord } from "../event/snapshot.ts";
import { type Body, Entry, MalformedError } from "./body.ts";

/** Maximum number of entries in a list. A file with a longer list is regarded as damaged. */
const MAX_ENTRIES = 1 << 20;

/** Reads the machine record. */
export function readMachine(body: Body): MachineRecord {
  const cpus = body.u32();
  const memoryBytes = body.u64();
  const maxPid = body.u64();
  const hostname = body.bytes(128);
  const bootTime = body.u64();
  const flags = body.u64();
  body.skip(body.left);
  const nul = hostname.indexOf("\0");
  return { cpus, memoryBytes, maxPid, hostname: nul < 0 ? hostname : hostname.slice(0, nul), bootTime, flags };
}

/** Kinds of interface entries. `Plain` entries lack the speed of the interface. */
export const InterfaceKind = { ipv4: 1, ipv6: 2, ipv4Plain: 3, ipv6Plain: 4 } as const;

/**
 * Reads a list of network interfaces.
 * @param sized whether each entry states its length
 */
export function readInterfaces(body: Body, sized: boolean): InterfaceRecord[] {
  const records: InterfaceRecord[] = [];
  while (body.left >= 4) {
    const entry = sized ? new Entry(body, body.u32()) : undefined;
    const kind = body.u16();
    if (kind < InterfaceKind.ipv4 || kind > InterfaceKind.ipv6Plain)
      throw new MalformedError(`unknown interface kind ${kind}`);
    const nameLength = body.u16();
    const size = kind === InterfaceKind.ipv4 || kind === InterfaceKind.ipv4Plain ? 4 : 16;
    const address = body.bytes(size);
    const netmask = body.bytes(size);
    const broadcast = body.bytes(size);
    const linkSpeed = kind <= InterfaceKind.ipv6 ? body.u64() : 0n;
    records.push({ name: body.bytes(nameLength), address, netmask, broadcast, linkSpeed });
    entry?.finish();
    if (records.length > MAX_ENTRIES) throw new MalformedError("the list of interfaces is too long");
  }
  body.skip(body.left);
  return records;
}

/** Kinds of entries in a list of accounts. */
export const AccountKind = { user: 0, group: 1 } as const;

/**
 * Reads a list of users and groups.
 * @param sized whether each entry states its length
 */
export function readAccounts(body: Body, sized: boolean): { users: UserRecord[]; groups: GroupRecord[] } {
  const users: UserRecord[] = [];
  const groups: GroupRecord[] = [];
  while (body.left >= 4) {
    // The length of an entry includes the length field.
    const entry = sized ? new Entry(body, body.u32() - 4) : undefined;
    if (body.u8() === AccountKind.user) {
      users.push({ uid: body.u32(), gid: body.u32(), name: body.text(), home: body.text(), shell: body.text() });
    } else groups.push({ gid: body.u32(), name: body.text() });
    entry?.finish();
    if (users.length + groups.length > MAX_ENTRIES) throw new MalformedError("the list of accounts is too long");
  }
  body.skip(body.left);
  return { users, groups };
}
