import { byteString } from "../../event/bytes.ts";
import { type Document, isObject, type Json, member } from "../../event/document.ts";
import type { Decode } from "../decode.ts";
import { decodeJson } from "../decode.ts";
import type { Received } from "../feed.ts";
import type { Rejection } from "../measure.ts";
import { type ReadPart, splitList } from "../split.ts";
import { readAsa } from "./asa.ts";
import { readCef } from "./cef-event.ts";
import { readConntrack } from "./conntrack.ts";
import { readFilterlog } from "./filterlog.ts";
import { readKernelLog } from "./kernel-log.ts";
import { readKeyValue } from "./key-value.ts";
import { type Headed, withoutHead } from "./syslog-head.ts";
import { readUlogd } from "./ulogd.ts";

/** Parsers of line formats, least ambiguous first. */
const FORMS: readonly ((line: Headed, received: bigint) => Document | undefined)[] = [
  readKernelLog,
  readConntrack,
  readFilterlog,
  readAsa,
  readCef,
  readKeyValue,
];

const NOT_FIREWALL: Rejection = { reason: "not_firewall", message: "it is not in a known firewall log format" };

/** Parses a line of a firewall log, with or without a syslog header. */
export function readFirewallLine(line: string, { time }: Received): Document | Rejection {
  const headed = withoutHead(line, time);
  for (const form of FORMS) {
    const document = form(headed, time);
    if (document !== undefined) return document;
  }
  return NOT_FIREWALL;
}

/** Parses JSON: an event of ulogd2, or an object with a log line in `message`. */
export const readFirewall: ReadPart = (part: Json, received: Received): Document | Rejection => {
  if (typeof part === "string") return readFirewallLine(part, received);
  if (!isObject(part)) return NOT_FIREWALL;
  const known = readUlogd(part, received);
  if (known !== undefined) return known;
  const line = member(part, "message") ?? member(part, "MESSAGE");
  return typeof line === "string" ? readFirewallLine(line, received) : NOT_FIREWALL;
};

const SPACE = 32;
const [BRACE, BRACKET] = [123, 91];

/**
 * Returns the decoder of messages, which may be JSON or log lines.
 * @param most maximum size of an event, in bytes
 */
export function decodeFirewall(most: number): Decode {
  const json = decodeJson(splitList(readFirewall), most);
  return (text, received) => {
    let at = 0;
    while (isBlank(text[at])) at++;
    // conntrack lines begin with a bracket too.
    if (text[at] === BRACE || (text[at] === BRACKET && isList(text, at))) return json(text, received);
    const made =
      text.length > most
        ? { reason: "too_large", message: `it has ${text.length} bytes, which exceeds the limit of ${most} bytes` }
        : readFirewallLine(byteString(text, 0, text.length), received);
    if ("reason" in made) return { documents: [], refused: [{ part: 1, ...made }] };
    return { documents: [{ ...made, size: text.length }], refused: [] };
  };
}

function isBlank(byte: number | undefined): boolean {
  return byte !== undefined && byte <= SPACE;
}

/** Whether the bracket begins a list of objects or strings, or an empty list. */
function isList(text: Uint8Array, at: number): boolean {
  let next = at + 1;
  while (isBlank(text[next])) next++;
  return text[next] === BRACE || text[next] === QUOTE || text[next] === CLOSING;
}

const [QUOTE, CLOSING] = [34, 93];
