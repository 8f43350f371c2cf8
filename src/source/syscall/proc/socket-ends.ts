import { isMappedIpv4 } from "../../../event/address.ts";
import { type Flow, IpNumber } from "../../../event/flow.ts";
import { SocketTables } from "./sockets.ts";
import { readLink } from "./text.ts";

/**
 * Opens a lookup of the local and remote addresses of TCP sockets, including sockets that are still connecting.
 * @param root mount point of the watched machine's root
 * @returns a function that returns the addresses for a descriptor of a process; undefined if it is not a TCP socket or
 * has no remote address
 */
export function openSocketEnds(root: string): (pid: number, fd: number) => Flow | undefined {
  const proc = `${root === "/" ? "" : root.replace(/\/+$/, "")}/proc`;
  const tables = new SocketTables(proc);
  return (pid, fd) => {
    const directory = `${proc}/${pid}`;
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`${directory}/fd/${fd}`) ?? "")?.[1];
    const socket = inode === undefined ? undefined : tables.of(directory).get(inode);
    if (socket === undefined || socket.dip === "" || socket.l4 !== TCP) return undefined;
    const mapped = socket.sip.length === 16 && isMappedIpv4(socket.sip) && isMappedIpv4(socket.dip);
    return {
      protocol: IpNumber.TCP,
      source: mapped ? socket.sip.slice(12) : socket.sip,
      destination: mapped ? socket.dip.slice(12) : socket.dip,
      sourcePort: socket.sport,
      destinationPort: socket.dport,
    };
  };
}

/** Value of `l4` for TCP sockets. */
const TCP = 2;
