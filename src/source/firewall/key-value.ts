import type { Document } from "../../event/document.ts";
import { nanoseconds, nanosecondsOf } from "../../event/timestamp.ts";
import { actionOf } from "./action.ts";
import { firewallDocument, MAX_PORT, objectOf, whole } from "./event.ts";
import { hookOf } from "./prefix.ts";
import type { Headed } from "./syslog-head.ts";

/** A key and its value. A value contains no spaces, or is in double quotes with the escapes `\"` and `\\`. */
const PAIR = /(?:^|[\s,;|])([A-Za-z][A-Za-z0-9_.-]{0,63})=(?:"((?:[^"\\]|\\.){0,4096})"|([^\s"]*))/g;

const MAX_PAIRS = 256;

/** Keys, in lower case, that different appliances use for the same value. */
const NAMES = {
  source: ["srcip", "src_ip", "source_ip", "src", "saddr", "source"],
  sourcePort: ["srcport", "src_port", "source_port", "spt", "sport"],
  destination: ["dstip", "dst_ip", "destination_ip", "dst", "daddr", "destination"],
  destinationPort: ["dstport", "dst_port", "destination_port", "dpt", "dport"],
  protocol: ["proto", "protocol", "protocol_id", "ip_protocol"],
  action: ["action", "act", "fw_action", "disposition", "log_subtype"],
  rule: ["policyname", "policyid", "fw_rule_name", "fw_rule_id", "rule_name", "rule", "ruleid"],
  chain: ["chain", "acl", "policy_name", "policy"],
  in: ["srcintf", "in_interface", "inif", "in_iface", "iniface", "in"],
  out: ["dstintf", "out_interface", "outif", "out_iface", "outiface", "out"],
  sent: ["sentbyte", "sent_bytes", "bytes_sent", "sent"],
  received: ["rcvdbyte", "recv_bytes", "bytes_received", "rcvd"],
  sentPackets: ["sentpkt", "sent_pkts", "packets_sent"],
  receivedPackets: ["rcvdpkt", "recv_pkts", "packets_received"],
  host: ["devname", "device_name", "dvchost", "fw", "host"],
  product: ["device_model", "device", "devid", "product"],
  id: ["logid", "log_id", "m", "event_id"],
  user: ["user", "user_name", "usr", "srcuser"],
  app: ["app", "application", "service"],
  message: ["msg", "message", "logdesc"],
  translatedSource: ["transip", "tran_src_ip", "nat_src_ip"],
  translatedSourcePort: ["transport", "tran_src_port", "nat_src_port"],
  translatedDestination: ["tran_dst_ip", "nat_dst_ip"],
  translatedDestinationPort: ["tran_dst_port", "nat_dst_port"],
} as const;

type Name = keyof typeof NAMES;

/**
 * Parses a line of `key=value` words, as logged by many appliances; undefined unless the line has two addresses, or an
 * action and a device.
 */
export function readKeyValue({ time, host, rest }: Headed, received: bigint): Document | undefined {
  const values = pairsOf(rest);
  const text = (name: Name): string | undefined => {
    for (const key of NAMES[name]) {
      const value = values.get(key);
      if (value !== undefined && value !== "") return value;
    }
    return undefined;
  };
  const number = (name: Name, most?: number) => whole(text(name), most);
  const from = endOf(text("source"));
  const to = endOf(text("destination"));
  const action = actionOf(text("action"));
  const isPacket = from !== undefined && to !== undefined;
  if (!isPacket && (action === undefined || text("host") === undefined)) return undefined;
  const [goesIn, goesOut] = [text("in") ?? from?.by, text("out") ?? to?.by];
  return firewallDocument({
    time: timeOf(values) ?? time ?? received,
    ends: {
      source: from?.address,
      destination: to?.address,
      sourcePort: number("sourcePort", MAX_PORT) ?? from?.port,
      destinationPort: number("destinationPort", MAX_PORT) ?? to?.port,
      protocol: text("protocol")?.split("/", 1)[0],
    },
    counts: {
      bytes: { there: number("sent"), back: number("received") },
      packets: { there: number("sentPackets"), back: number("receivedPackets") },
    },
    fw: {
      event: isPacket ? "packet" : "log",
      action,
      chain: text("chain"),
      rule: text("rule"),
      hook: hookOf(goesIn, goesOut),
      in: goesIn,
      out: goesOut,
      nat: objectOf({
        src_ip: text("translatedSource"),
        src_port: number("translatedSourcePort", MAX_PORT),
        dest_ip: text("translatedDestination"),
        dest_port: number("translatedDestinationPort", MAX_PORT),
      }),
      host: text("host") ?? host,
      product: text("product"),
      id: text("id"),
      user: text("user"),
      app: text("app"),
      message: text("message"),
    },
    raw: { line: rest, values: Object.fromEntries(values) },
  });
}

/** Returns the first value of each key, with keys in lower case. */
function pairsOf(line: string): Map<string, string> {
  const values = new Map<string, string>();
  let count = 0;
  for (const [, key = "", quoted, plain = ""] of line.matchAll(PAIR)) {
    if (++count > MAX_PAIRS) break;
    const small = key.toLowerCase();
    if (!values.has(small)) values.set(small, quoted === undefined ? plain : quoted.replace(/\\(["\\])/g, "$1"));
  }
  return values;
}

/** Parses an address with optional port and interface, such as `10.0.0.1:443:X0`. */
function endOf(text: string | undefined): { address: string; port?: number; by?: string } | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(":");
  if (!text.includes(".") || parts.length === 1 || parts.length > 3) return { address: text };
  const port = whole(parts[1], MAX_PORT);
  const [address = "", , by] = parts;
  return { address, ...(port !== undefined && { port }), ...(by && { by }) };
}

/** Returns the time of the event, from one value or from date, time of day and zone. */
function timeOf(values: ReadonlyMap<string, string>): bigint | undefined {
  const count = values.get("eventtime");
  if (count !== undefined && /^[0-9]{9,19}$/.test(count)) return nanosecondsOf(BigInt(count));
  const date = values.get("date");
  const clock = values.get("time");
  const zone = values.get("tz") ?? "";
  if (date !== undefined && clock !== undefined) return nanoseconds(`${date}T${clock}${zone}`);
  return clock === undefined ? undefined : nanoseconds(clock);
}
