import type { Document } from "../../event/document.ts";
import { eventTime } from "../../event/timestamp.ts";
import { type EventKind, firewallDocument, MAX_PORT, objectOf, whole } from "./event.ts";
import type { Headed } from "./syslog-head.ts";
import { changed } from "./ulogd.ts";

/** Start of a conntrack line, `[time] [NEW] …`; the time is optional. */
const EVENT = /^(?:\[([0-9]{1,12})\.([0-9]{1,9})\s*\]\s*)?\s*\[(NEW|UPDATE|DESTROY)\] /;
/** Address family and its number (optional), protocol and its number, and remaining time (optional). */
const PROTOCOL = /^\s*(?:ipv[46] +[0-9]+ +)?([a-z0-9_-]+) +([0-9]{1,3})(?: +[0-9]+)? ?/;

const KINDS: Readonly<Record<string, EventKind>> = { NEW: "new", UPDATE: "update", DESTROY: "end" };

const STATE = /^[A-Z][A-Z0-9_-]+$/;

/** Parses a line of `conntrack -E`, or a connection that ulogd2 logged as text; undefined for any other line. */
export function readConntrack({ time, host, rest }: Headed, received: bigint): Document | undefined {
  const event = EVENT.exec(rest);
  if (event === null) return undefined;
  const [head, seconds, fraction = "", kind = ""] = event;
  const body = rest.slice(head.length);
  const protocol = PROTOCOL.exec(body);
  const [first, second] = tuples(body);
  if (first === undefined || (protocol === null && !first.has("proto"))) return undefined;
  const state = body.slice(protocol?.[0].length ?? 0).split(" ", 1)[0] ?? "";
  const text = (key: string) => first.get(key);
  const number = (key: string, most?: number) => whole(first.get(key), most);
  const answer = second ?? new Map<string, string>();
  const [source, destination] = [text("src"), text("dst")];
  const sourcePort = number("sport", MAX_PORT) ?? number("spt", MAX_PORT);
  const destinationPort = number("dport", MAX_PORT) ?? number("dpt", MAX_PORT);
  const all = (key: string) => whole(answer.get(key) ?? first.get(key));
  return firewallDocument({
    time: seconds === undefined ? (time ?? received) : (clock(seconds, fraction) ?? received),
    ends: {
      ...{ source, destination, sourcePort, destinationPort },
      protocol: protocol === null ? text("proto") : Number(protocol[2]),
      icmpType: number("type", 255),
      icmpCode: number("code", 255),
    },
    counts: {
      bytes: { there: number("bytes"), back: whole(answer.get("bytes")) },
      packets: { there: number("packets") ?? number("pkts"), back: whole(answer.get("packets") ?? answer.get("pkts")) },
    },
    fw: {
      event: KINDS[kind] ?? "log",
      state: STATE.test(state) ? state : undefined,
      mark: all("mark"),
      conntrack_id: all("id"),
      host,
      nat: objectOf({
        // The source of the reply is the translated destination of the original packet, and vice versa.
        src_ip: changed(answer.get("dst"), second && source),
        src_port: changed(whole(answer.get("dport") ?? answer.get("dpt"), MAX_PORT), second && sourcePort),
        dest_ip: changed(answer.get("src"), second && destination),
        dest_port: changed(whole(answer.get("sport") ?? answer.get("spt"), MAX_PORT), second && destinationPort),
      }),
    },
    raw: rest,
  });
}

/** Returns the `key=value` pairs of each direction, with keys in lower case. Each direction begins with `src`. */
function tuples(text: string): Map<string, string>[] {
  const found: Map<string, string>[] = [];
  for (const word of text.split(/[\s,]+/)) {
    const equals = word.indexOf("=");
    if (equals < 0) continue;
    const key = word.slice(0, equals).toLowerCase();
    if (key === "src") found.push(new Map());
    const last = found.at(-1);
    if (last !== undefined && !last.has(key)) last.set(key, word.slice(equals + 1));
  }
  return found;
}

function clock(seconds: string, fraction: string): bigint | undefined {
  return eventTime(BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0")));
}
