import { readFileSync } from "node:fs";

/**
 * Returns the number of packets for a port that the kernel dropped since the socket was created, because the receive
 * buffer was full.
 * @param tables files that list the UDP sockets of the system
 */
export function udpDrops(port: number, tables: readonly string[] = ["/proc/net/udp", "/proc/net/udp6"]): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let drops = 0;
  for (const table of tables) {
    let text: string;
    try {
      text = readFileSync(table, "latin1");
    } catch {
      continue; // the kernel does not support this protocol
    }
    for (const line of text.split("\n").slice(1)) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(local)) drops += Number(columns.at(-1)) || 0;
    }
  }
  return drops;
}
