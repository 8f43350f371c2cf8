import { countOf, documentNumber, documentText, textsOf } from "./document-value.ts";
import type { Field, Reader } from "./field.ts";
import { walk } from "./json-value.ts";
import { row } from "./row.ts";

const text = (key: string) => documentText("fw", key);
const number = (key: string) => documentNumber("fw", key);

const action = text("action");

/** Firewall actions that block. */
const BLOCKING: ReadonlySet<string> = new Set(["drop", "reject"]);

const blocked: Reader = (event) => {
  const done = action(event);
  return done === undefined ? undefined : BLOCKING.has(done);
};

const FLAGS = ["fw", "tcp_flags"];

const translated = (key: string, type: "address" | "port"): Reader => {
  const path = ["fw", "nat", key];
  return ({ document }) => (type === "port" ? countOf(walk(document, path)) : textsOf(walk(document, path))?.[0]);
};

export const firewallFields: readonly Field[] = [
  row(
    "fw.event",
    "CHARBUF",
    text("event"),
    "The kind of record: packet; new, update or end of a connection; log for other messages of an appliance.",
  ),
  row(
    "fw.action",
    "CHARBUF",
    action,
    "The action: accept, drop, reject. Derived from the log prefix if only the prefix states the action; another " +
      "word used by an appliance is kept. Absent if no action is stated; logging is not an action.",
  ),
  row("fw.blocked", "BOOL", blocked, "True for the actions drop and reject; otherwise false."),
  row("fw.prefix", "CHARBUF", text("prefix"), "The log prefix of the rule, trimmed."),
  row("fw.chain", "CHARBUF", text("chain"), "The chain, policy or access list, if stated."),
  row("fw.rule", "CHARBUF", text("rule"), "The name or number of the rule, if stated."),
  row(
    "fw.hook",
    "CHARBUF",
    text("hook"),
    "The hook of the packet: prerouting, input, forward, output, postrouting. Derived from the interfaces if " +
      "the hook is not stated.",
  ),
  row("fw.in", "CHARBUF", text("in"), "The input interface."),
  row("fw.out", "CHARBUF", text("out"), "The output interface."),
  row("fw.mark", "UINT32", number("mark"), "The mark on the packet or connection."),
  row("fw.length", "UINT32", number("length"), "Length of the packet in bytes, including the IP header."),
  row("fw.ttl", "UINT8", number("ttl"), "The time to live: the number of remaining hops."),
  row(
    "fw.tcp.flags",
    "CHARBUF",
    ({ document }) => textsOf(walk(document, FLAGS)),
    "The TCP flags that are set: SYN, ACK, FIN, RST, PSH, URG.",
    { list: true },
  ),
  row("fw.uid", "UINT32", number("uid"), "The user ID of the sending socket, if logged by the rule."),
  row("fw.gid", "UINT32", number("gid"), "The group ID of the sending socket, if logged by the rule."),
  row(
    "fw.state",
    "CHARBUF",
    text("state"),
    "The state of the connection: SYN_SENT, ESTABLISHED, TIME_WAIT, and so on.",
  ),
  row("fw.conntrack_id", "UINT32", number("conntrack_id"), "The kernel's connection ID, if stated."),
  row("fw.nat.src.ip", "CHARBUF", translated("src_ip", "address"), "The source address after translation."),
  row("fw.nat.src.port", "PORT", translated("src_port", "port"), "The source port after translation."),
  row("fw.nat.dst.ip", "CHARBUF", translated("dest_ip", "address"), "The destination address after translation."),
  row("fw.nat.dst.port", "PORT", translated("dest_port", "port"), "The destination port after translation."),
  row("fw.host", "CHARBUF", text("host"), "The reporting machine or appliance, if stated."),
  row("fw.vendor", "CHARBUF", text("vendor"), "The vendor of the appliance."),
  row("fw.product", "CHARBUF", text("product"), "The product name of the appliance."),
  row("fw.id", "CHARBUF", text("id"), "The appliance's number or name for this kind of event."),
  row("fw.name", "CHARBUF", text("name"), "The appliance's description of this kind of event."),
  row(
    "fw.severity",
    "UINT8",
    number("severity"),
    "The severity according to the appliance: 0 to 10, where 10 is the highest.",
  ),
  row("fw.user", "CHARBUF", text("user"), "The user that the appliance names."),
  row("fw.app", "CHARBUF", text("app"), "The application or service."),
  row(
    "fw.message",
    "CHARBUF",
    text("message"),
    "The message; for a line that cannot be split into fields, the whole line.",
  ),
];
