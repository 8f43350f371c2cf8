import { availableParallelism, hostname, networkInterfaces, totalmem } from "node:os";
import { toByteString } from "../../../event/bytes.ts";
import type { InterfaceRecord, MachineRecord } from "../../../event/snapshot.ts";
import { readText } from "./text.ts";

/** Reads the record of the machine. As in Falco, the environment variable FALCO_HOSTNAME overrides the host name. */
export function readMachine(proc: string): MachineRecord {
  return {
    cpus: availableParallelism(),
    memoryBytes: BigInt(totalmem()),
    maxPid: BigInt((readText(`${proc}/sys/kernel/pid_max`) ?? "0").trim()),
    hostname: toByteString(process.env.FALCO_HOSTNAME ?? hostname()),
    bootTime: readBootTime(proc),
    flags: 0n,
  };
}

/** Returns the boot time from `/proc/stat` in nanoseconds since the epoch, with a resolution of one second. */
export function readBootTime(proc: string): bigint {
  const match = /^btime (\d+)$/m.exec(readText(`${proc}/stat`) ?? "");
  return BigInt(match?.[1] ?? 0) * 1_000_000_000n;
}

export function readInterfaces(): InterfaceRecord[] {
  const records: InterfaceRecord[] = [];
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    for (const { family, address, netmask } of addresses) {
      const parse = family === "IPv4" ? parseIpv4 : parseIpv6;
      const [bytes, mask] = [parse(address), parse(netmask)];
      const broadcast = bytes.map((byte, i) => (family === "IPv4" ? byte | (~(mask[i] ?? 0) & 255) : 0));
      records.push({
        name: toByteString(name),
        address: String.fromCharCode(...bytes),
        netmask: String.fromCharCode(...mask),
        broadcast: String.fromCharCode(...broadcast),
        linkSpeed: 0n,
      });
    }
  }
  return records;
}

function parseIpv4(text: string): number[] {
  return text.split(".").map(Number);
}

function parseIpv6(text: string): number[] {
  const [address = ""] = text.split("%");
  const [head, tail] = address.split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []).map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), groups(tail)];
  const middle: number[] = tail === undefined ? [] : new Array(8 - first.length - last.length).fill(0);
  return [...first, ...middle, ...last].flatMap((group) => [group >> 8, group & 255]);
}
