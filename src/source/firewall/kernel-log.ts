import type { Document } from "../../event/document.ts";
import { IpNumber } from "../../event/flow.ts";
import { protocolNumber } from "../../event/ip-protocol.ts";
import { firewallDocument, hardwareOf, MAX_PORT, whole } from "./event.ts";
import { hookOf, readPrefix } from "./prefix.ts";
import type { Headed } from "./syslog-head.ts";

/**
 * Interfaces, which follow the prefix of the rule in each line of this format. The kernel writes no space between them:
 * `DROP:IN=eth0`.
 */
const INTERFACES = /IN=\S* OUT=\S*(?:\s|$)/;

const FLAGS: ReadonlySet<string> = new Set(["SYN", "ACK", "FIN", "RST", "PSH", "URG", "ECE", "CWR"]);

/**
 * Parses a line that the `LOG` target of iptables or the `log` statement of nftables wrote to the kernel log, or that
 * ulogd2 wrote in the same format: `prefix IN=eth0 OUT= MAC=… SRC=… DST=… … PROTO=TCP SPT=… DPT=… SYN`. Undefined for
 * any other line.
 */
export function readKernelLog({ time, host, rest }: Headed, received: bigint): Document | undefined {
  const start = INTERFACES.exec(rest)?.index;
  if (start === undefined) return undefined;
  const prefix = readPrefix(rest.slice(0, start));
  const { values, flags } = pairs(rest.slice(start));
  const text = (key: string) => values.get(key);
  const number = (key: string, most?: number) => whole(values.get(key), most);
  const protocol = text("PROTO");
  const isIcmp = protocol !== undefined && ICMP.has(protocolNumber(protocol) ?? -1);
  return firewallDocument({
    time: time ?? received,
    ends: {
      source: text("SRC"),
      destination: text("DST"),
      sourcePort: number("SPT", MAX_PORT),
      destinationPort: number("DPT", MAX_PORT),
      protocol,
      icmpType: isIcmp ? number("TYPE", 255) : undefined,
      icmpCode: isIcmp ? number("CODE", 255) : undefined,
    },
    hardware: hardwareOf(text("MAC")) ?? { source: text("MACSRC"), destination: text("MACDST") },
    fw: {
      event: "packet",
      ...prefix,
      hook: hookOf(text("IN"), text("OUT")),
      in: text("IN"),
      out: text("OUT"),
      mark: number("MARK"),
      length: number("LEN"),
      ttl: number("TTL", 255) ?? number("HOPLIMIT", 255),
      tcp_flags: flags.length === 0 ? undefined : flags,
      uid: number("UID"),
      gid: number("GID"),
      host,
    },
    raw: rest,
  });
}

const ICMP: ReadonlySet<number> = new Set([IpNumber.ICMP, IpNumber.ICMP6]);

/** Returns the `KEY=value` words (the first of each key), and the flags among the other words. */
function pairs(text: string): { values: Map<string, string>; flags: string[] } {
  const values = new Map<string, string>();
  const flags: string[] = [];
  for (const word of text.split(" ")) {
    if (word.startsWith("[")) break; // beginning of the packet that caused an ICMP error
    const equals = word.indexOf("=");
    if (equals < 0) {
      if (FLAGS.has(word) && !flags.includes(word)) flags.push(word);
    } else {
      const key = word.slice(0, equals);
      if (!values.has(key)) values.set(key, word.slice(equals + 1));
    }
  }
  return { values, flags };
}
