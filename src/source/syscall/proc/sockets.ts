import { FdKind } from "../../../event/snapshot.ts";
import { addressBytes, readLink, readText } from "./text.ts";

/** A socket of a network namespace. */
export interface Socket {
  readonly kind: FdKind;
  readonly name: string;
  readonly sip: string;
  readonly dip: string;
  readonly sport: number;
  readonly dport: number;
  readonly l4: number;
  readonly unixSource: bigint;
}

const Layer4 = { none: 1, tcp: 2, udp: 3, raw: 5 } as const;
type Table = Map<string, Socket>;

/** Sockets of the machine by network namespace and inode. The sockets of a namespace are read only once. */
export class SocketTables {
  private readonly proc: string;
  private readonly namespaces = new Map<string, Table>();

  constructor(proc: string) {
    this.proc = proc;
  }

  /** Returns the sockets in the network namespace of a process. */
  of(directory: string): ReadonlyMap<string, Socket> {
    const namespace = readLink(`${directory}/ns/net`) ?? "";
    let table = this.namespaces.get(namespace);
    if (table === undefined) {
      table = readSockets(namespace === "" ? `${this.proc}/net` : `${directory}/net`);
      this.namespaces.set(namespace, table);
    }
    return table;
  }
}

function readSockets(directory: string): Table {
  const table: Table = new Map();
  readInet(table, `${directory}/tcp`, Layer4.tcp);
  readInet(table, `${directory}/udp`, Layer4.udp);
  readInet(table, `${directory}/raw`, Layer4.raw);
  readInet(table, `${directory}/tcp6`, Layer4.tcp);
  readInet(table, `${directory}/udp6`, Layer4.udp);
  readInet(table, `${directory}/raw6`, Layer4.raw);
  readUnix(table, `${directory}/unix`);
  readNetlink(table, `${directory}/netlink`);
  return table;
}

/** Returns the lines of a table without its heading. */
function rows(path: string): string[] {
  const lines = (readText(path) ?? "").split("\n");
  lines.shift();
  return lines.filter((line) => line !== "");
}

/**
 * Parses lines `sl local remote st tx:rx tr:when retransmits uid timeout inode …`. A socket without a remote address is
 * a server socket.
 */
function readInet(table: Table, path: string, l4: number): void {
  for (const row of rows(path)) {
    const [, local = "", remote = "", , , , , , , inode] = row.trim().split(/\s+/);
    if (inode === undefined) continue;
    const [localHex = "", localPort = ""] = local.split(":");
    const [remoteHex = "", remotePort = ""] = remote.split(":");
    const six = localHex.length > 8;
    const server = !/[^0]/.test(remoteHex);
    table.set(inode, {
      kind: six ? (server ? FdKind.ipv6Server : FdKind.ipv6) : server ? FdKind.ipv4Server : FdKind.ipv4,
      name: "",
      sip: addressBytes(localHex),
      dip: server ? "" : addressBytes(remoteHex),
      sport: Number.parseInt(localPort, 16),
      dport: server ? 0 : Number.parseInt(remotePort, 16),
      l4,
      unixSource: 0n,
    });
  }
}

/** Parses lines `address: references protocol flags type state inode [path]`. A path may contain spaces. */
function readUnix(table: Table, path: string): void {
  for (const row of rows(path)) {
    const match = /^([0-9a-f]+): \S+ \S+ \S+ \S+ \S+ +(\d+)(?: (.*))?$/i.exec(row);
    if (match === null) continue;
    const [, address, inode = "", name = ""] = match;
    const unixSource = BigInt(`0x${address}`);
    table.set(inode, { kind: FdKind.unix, name, sip: "", dip: "", sport: 0, dport: 0, l4: Layer4.none, unixSource });
  }
}

/** Parses lines `sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode`. */
function readNetlink(table: Table, path: string): void {
  for (const row of rows(path)) {
    const inode = row.trim().split(/\s+/)[9];
    if (inode === undefined) continue;
    table.set(inode, {
      kind: FdKind.netlink,
      name: "",
      sip: "",
      dip: "",
      sport: 0,
      dport: 0,
      l4: Layer4.none,
      unixSource: 0n,
    });
  }
}
