import { type Document, type Json, type JsonObject, member } from "../../event/document.ts";
import { IpNumber } from "../../event/flow.ts";
import { eventTime, nanoseconds } from "../../event/timestamp.ts";
import type { Received } from "../feed.ts";
import { type EventKind, firewallDocument, hardwareOf, objectOf } from "./event.ts";
import { hookOf, readPrefix } from "./prefix.ts";

/** Netfilter hooks, indexed by the numbers in the kernel. */
const HOOKS: readonly string[] = ["prerouting", "input", "forward", "output", "postrouting"];

/** Normalized actions, by the values that ulogd2 writes for `raw.label`. */
const LABELS: Readonly<Record<string, string>> = { allowed: "accept", blocked: "drop" };

const FLAGS: readonly (readonly [key: string, flag: string])[] = [
  ["tcp.syn", "SYN"],
  ["tcp.ack", "ACK"],
  ["tcp.fin", "FIN"],
  ["tcp.rst", "RST"],
  ["tcp.psh", "PSH"],
  ["tcp.urg", "URG"],
];

/** Parses ulogd2 JSON of packets (NFLOG) and connections (NFCT); undefined for any other JSON. */
export function readUlogd(record: JsonObject, received: Received): Document | undefined {
  if (member(record, "ct.event") !== undefined || member(record, "orig.ip.protocol") !== undefined)
    return readConnection(record, received);
  return member(record, "oob.family") !== undefined || member(record, "ip.protocol") !== undefined
    ? readPacket(record, received)
    : undefined;
}

function readPacket(record: JsonObject, received: Received): Document {
  const { text, number } = read(record);
  const prefix = readPrefix(text("oob.prefix"));
  const hook = number("oob.hook");
  const from = text("oob.in");
  const to = text("oob.out");
  const protocol = number("ip.protocol") ?? number("ip6.nexthdr");
  return firewallDocument({
    time: timeAt(record, "oob.time") ?? writtenTime(record) ?? received.time,
    ends: {
      source: text("src_ip"),
      destination: text("dest_ip"),
      sourcePort: number("src_port"),
      destinationPort: number("dest_port"),
      protocol,
      icmpType: number(protocol === IpNumber.ICMP6 ? "icmpv6.type" : "icmp.type"),
      icmpCode: number(protocol === IpNumber.ICMP6 ? "icmpv6.code" : "icmp.code"),
    },
    hardware: hardwareOf(text("mac.str")) ?? { source: text("mac.saddr.str"), destination: text("mac.daddr.str") },
    fw: {
      event: "packet",
      ...prefix,
      action: prefix.action ?? LABELS[text("action") ?? ""],
      hook: (hook === undefined ? undefined : HOOKS[hook]) ?? hookOf(from, to),
      in: from,
      out: to,
      mark: number("oob.mark"),
      length: number("ip.totlen") ?? number("raw.pktlen"),
      ttl: number("ip.ttl") ?? number("ip6.hoplimit"),
      tcp_flags: protocol === IpNumber.TCP ? flagsOf(record) : undefined,
      uid: number("oob.uid"),
      gid: number("oob.gid"),
    },
    raw: record,
  });
}

function flagsOf(record: JsonObject): string[] | undefined {
  const set = FLAGS.filter(([key]) => member(record, key) === 1).map(([, flag]) => flag);
  return set.length === 0 ? undefined : set;
}

/** Returns the event kind for the bits of `ct.event`. By default, ulogd2 logs only the end of a connection. */
function kindOf(bits: number | undefined): EventKind {
  if (bits === undefined || (bits & 4) !== 0) return "end";
  return (bits & 1) !== 0 ? "new" : "update";
}

function readConnection(record: JsonObject, received: Received): Document {
  const { text, number } = read(record);
  const event = kindOf(number("ct.event"));
  const source = text("src_ip") ?? text("orig.ip.saddr.str");
  const destination = text("dest_ip") ?? text("orig.ip.daddr.str");
  const sourcePort = number("src_port") ?? number("orig.l4.sport");
  const destinationPort = number("dest_port") ?? number("orig.l4.dport");
  const time = timeAt(record, event === "new" ? "flow.start" : "flow.end");
  return firewallDocument({
    time: time ?? writtenTime(record) ?? received.time,
    ends: {
      ...{ source, destination, sourcePort, destinationPort },
      protocol: number("orig.ip.protocol"),
      icmpType: number("icmp.type"),
      icmpCode: number("icmp.code"),
    },
    counts: {
      bytes: { there: number("orig.raw.pktlen"), back: number("reply.raw.pktlen") },
      packets: { there: number("orig.raw.pktcount"), back: number("reply.raw.pktcount") },
    },
    fw: {
      event,
      mark: number("ct.mark"),
      conntrack_id: number("ct.id"),
      nat: objectOf({
        // The source of the reply is the translated destination of the original packet, and vice versa.
        src_ip: changed(text("reply.ip.daddr.str"), source),
        src_port: changed(number("reply.l4.dport"), sourcePort),
        dest_ip: changed(text("reply.ip.saddr.str"), destination),
        dest_port: changed(number("reply.l4.sport"), destinationPort),
      }),
    },
    raw: record,
  });
}

/** Returns the translated value; undefined if it equals the original. */
export function changed<T>(after: T | undefined, before: T | undefined): T | undefined {
  return after === before ? undefined : after;
}

function read(record: JsonObject) {
  return {
    text: (key: string): string | undefined => textIn(member(record, key)),
    number: (key: string): number | undefined => numberIn(member(record, key)),
  };
}

function textIn(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberIn(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Reads a time that is stored as seconds and microseconds. */
function timeAt(record: JsonObject, key: string): bigint | undefined {
  const seconds = numberIn(member(record, `${key}.sec`));
  if (seconds === undefined || seconds === 0) return undefined;
  const micros = numberIn(member(record, `${key}.usec`)) ?? 0;
  return eventTime(BigInt(seconds) * 1_000_000_000n + BigInt(micros) * 1000n);
}

/** Parses the time in text form. If ulogd2 is not configured to add a time zone, the time is parsed as UTC. */
function writtenTime(record: JsonObject): bigint | undefined {
  const text = textIn(member(record, "@timestamp"));
  return text === undefined ? undefined : nanoseconds(text);
}
