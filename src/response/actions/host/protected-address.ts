import { getServers } from "node:dns";
import { readFileSync } from "node:fs";
import { BlockList, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { addressText } from "../../../event/address.ts";

/** Networks that are always protected, each with a description of its addresses. */
const ALWAYS: readonly (readonly [network: string, prefix: number, what: string])[] = [
  ["0.0.0.0", 8, "not an address of a machine"],
  ["127.0.0.0", 8, "this machine"],
  ["169.254.0.0", 16, "link-local, such as cloud metadata and neighbors"],
  ["224.0.0.0", 3, "multicast or reserved"],
  ["::", 127, "this machine"],
  ["fe80::", 10, "link-local, such as routers and neighbors"],
  ["ff00::", 8, "multicast or reserved"],
];

/**
 * Returns the reason why an address is protected, for example because it belongs to this machine, a name server or a
 * gateway.
 * @param address in the form of `addressText`
 * @param except additional addresses and networks: `10.0.0.0/8`
 * @returns undefined if it is not protected
 */
export function whyProtected(address: string, except: readonly string[]): string | undefined {
  for (const [network, prefix, what] of ALWAYS) {
    if (isIn(address, network, prefix)) return `${address} is ${what}`;
  }
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  if (interfaces.some((each) => each.address === address)) return `${address} belongs to this machine`;
  if (getServers().some((server) => bare(server) === address)) return `${address} is a name server of this machine`;
  if (gateways().has(address)) return `${address} is a gateway of this machine`;
  if (address === process.env.KUBERNETES_SERVICE_HOST) return `${address} is the cluster's API server`;
  const excepted = except.find((each) => {
    const network = networkOf(each);
    return network !== undefined && isIn(address, network.address, network.prefix);
  });
  return excepted === undefined ? undefined : `${address} matches ${excepted} in "except"`;
}

/** Parses an address or a network in CIDR notation; undefined if it is invalid. */
export function networkOf(text: string): { readonly address: string; readonly prefix: number } | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  const list = new BlockList();
  const most = isIPv6(address) ? 128 : 32;
  const length = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (more.length > 0 || length < 0 || length > most || address.includes("%")) return undefined;
  try {
    list.addSubnet(address, length, isIPv6(address) ? "ipv6" : "ipv4");
  } catch {
    return undefined;
  }
  return { address, prefix: length };
}

function isIn(address: string, network: string, prefix: number): boolean {
  if (isIPv6(address) !== isIPv6(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, isIPv6(network) ? "ipv6" : "ipv4");
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Removes the port and brackets that Node.js adds to the address of a name server. */
function bare(server: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(server)?.[1] ?? server.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}

function gateways(): Set<string> {
  const found = new Set<string>();
  for (const line of lines("/proc/self/net/route").slice(1)) {
    const [, , gateway = "00000000"] = line.split("\t");
    if (gateway !== "00000000") found.add(addressText(Buffer.from(gateway, "hex").reverse().toString("latin1")));
  }
  for (const line of lines("/proc/self/net/ipv6_route")) {
    const [, , , , next = ""] = line.split(/\s+/);
    if (/[^0]/.test(next)) found.add(addressText(Buffer.from(next, "hex").toString("latin1")));
  }
  return found;
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}
