import { countOf, documentNumber, documentText, textsOf } from "./document-value.ts";
import type { Field, Reader } from "./field.ts";
import { walk } from "./json-value.ts";
import { row } from "./row.ts";

const text = (key: string) => documentText("fw", key);
const number = (key: string) => documentNumber("fw", key);

const action = text("action");

/** What lets nothing through. */
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
    "What is told of: packet; of connections new, update, end; log for everything else that an appliance says.",
  ),
  row(
    "fw.action",
    "CHARBUF",
    action,
    "What became of it: accept, drop, reject. Where only the log prefix says so, it is read from its words; another " +
      "word of an appliance stands as it is. Absent where nobody says: logging alone decides nothing.",
  ),
  row("fw.blocked", "BOOL", blocked, "True for drop and reject, false for every other action that is told."),
  row(
    "fw.prefix",
    "CHARBUF",
    text("prefix"),
    "What the rule that logs is told to write in front, without blanks around it.",
  ),
  row("fw.chain", "CHARBUF", text("chain"), "The chain, policy or access list, where that is told."),
  row("fw.rule", "CHARBUF", text("rule"), "The name or number of the rule, where that is told."),
  row(
    "fw.hook",
    "CHARBUF",
    text("hook"),
    "Where on its way the packet was: prerouting, input, forward, output, postrouting. Read from the interfaces where " +
      "nobody states it.",
  ),
  row("fw.in", "CHARBUF", text("in"), "The interface that the packet came in by."),
  row("fw.out", "CHARBUF", text("out"), "The interface that it goes out by."),
  row("fw.mark", "UINT32", number("mark"), "The mark on the packet or connection."),
  row("fw.length", "UINT32", number("length"), "Bytes of the packet, its IP header included."),
  row("fw.ttl", "UINT8", number("ttl"), "How many hops the packet may still go."),
  row(
    "fw.tcp.flags",
    "CHARBUF",
    ({ document }) => textsOf(walk(document, FLAGS)),
    "The TCP flags that are set: SYN, ACK, FIN, RST, PSH, URG.",
    { list: true },
  ),
  row("fw.uid", "UINT32", number("uid"), "The id of the user whose socket sent the packet, where the rule logs it."),
  row("fw.gid", "UINT32", number("gid"), "The id of that user's group."),
  row(
    "fw.state",
    "CHARBUF",
    text("state"),
    "The state of the connection: SYN_SENT, ESTABLISHED, TIME_WAIT, and so on.",
  ),
  row("fw.conntrack_id", "UINT32", number("conntrack_id"), "The kernel's number of the connection, where it is told."),
  row("fw.nat.src.ip", "CHARBUF", translated("src_ip", "address"), "The source address after translation."),
  row("fw.nat.src.port", "PORT", translated("src_port", "port"), "The source port after translation."),
  row("fw.nat.dst.ip", "CHARBUF", translated("dest_ip", "address"), "The destination address after translation."),
  row("fw.nat.dst.port", "PORT", translated("dest_port", "port"), "The destination port after translation."),
  row("fw.host", "CHARBUF", text("host"), "The machine or appliance that tells it, where that is stated."),
  row("fw.vendor", "CHARBUF", text("vendor"), "Who made the appliance."),
  row("fw.product", "CHARBUF", text("product"), "What the appliance is called."),
  row("fw.id", "CHARBUF", text("id"), "The appliance's number or name for this kind of event."),
  row("fw.name", "CHARBUF", text("name"), "The appliance's words for this kind of event."),
  row("fw.severity", "UINT8", number("severity"), "How bad the appliance takes it to be: 0 to 10, 10 is worst."),
  row("fw.user", "CHARBUF", text("user"), "The user that the appliance names."),
  row("fw.app", "CHARBUF", text("app"), "The application or service that it names."),
  row(
    "fw.message",
    "CHARBUF",
    text("message"),
    "What it says in words; of a line that is not understood further, the line.",
  ),
];
