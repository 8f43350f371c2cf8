import { isMappedIpv4 } from "../../../event/address.ts";
import { type Flow, IpNumber } from "../../../event/flow.ts";
import { SocketTables } from "./sockets.ts";
import { readLink } from "./text.ts";

/**
 * Opens a look at both ends of TCP sockets as the kernel has them now: also of those that a call is connecting, of
 * which events tell when it returns.
 * @param root where the watched machine's root is mounted
 * @returns asks for a process's descriptor; undefined for what is no TCP socket, or none with two ends
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

/** As the tables of sockets number it. */
const TCP = 2;
