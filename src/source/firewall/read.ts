import { byteString } from "../../event/bytes.ts";
import { type Document, isObject, type Json, member } from "../../event/document.ts";
import type { Decode } from "../decode.ts";
import { decodeJson } from "../decode.ts";
import type { Received } from "../feed.ts";
import type { Unfit } from "../measure.ts";
import { type ReadPart, splitList } from "../split.ts";
import { readAsa } from "./asa.ts";
import { readCef } from "./cef-event.ts";
import { readConntrack } from "./conntrack.ts";
import { readFilterlog } from "./filterlog.ts";
import { readKernelLog } from "./kernel-log.ts";
import { readKeyValue } from "./key-value.ts";
import { type Headed, withoutHead } from "./syslog-head.ts";
import { readUlogd } from "./ulogd.ts";

/** The forms of a line, those first that are told apart most surely. */
const FORMS: readonly ((line: Headed, received: bigint) => Document | undefined)[] = [
  readKernelLog,
  readConntrack,
  readFilterlog,
  readAsa,
  readCef,
  readKeyValue,
];

const NOT_FIREWALL: Unfit = { reason: "not_firewall", message: "it is in none of the forms that firewalls write" };

/** What a firewall logged as a line of text, with or without the head that syslog puts in front. */
export function readFirewallLine(line: string, { time }: Received): Document | Unfit {
  const headed = withoutHead(line, time);
  for (const form of FORMS) {
    const document = form(headed, time);
    if (document !== undefined) return document;
  }
  return NOT_FIREWALL;
}

/** The same as JSON: ulogd2's, or a line in the `message` of an object. */
export const readFirewall: ReadPart = (part: Json, received: Received): Document | Unfit => {
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
 * For texts: JSON where they begin as it does, lines otherwise.
 * @param most bytes that an event may have
 */
export function decodeFirewall(most: number): Decode {
  const json = decodeJson(splitList(readFirewall), most);
  return (text, received) => {
    let at = 0;
    while (at < text.length && text[at] <= SPACE) at++;
    // conntrack's lines begin with a bracket too.
    if (text[at] === BRACE || (text[at] === BRACKET && isList(text, at))) return json(text, received);
    const made =
      text.length > most
        ? { reason: "too_large", message: `it has ${text.length} bytes, and may have ${most}` }
        : readFirewallLine(byteString(text, 0, text.length), received);
    if ("reason" in made) return { documents: [], refused: [{ part: 1, ...made }] };
    return { documents: [{ ...made, size: text.length }], refused: [] };
  };
}

/** Whether a bracket begins a list of objects or texts. */
function isList(text: Uint8Array, at: number): boolean {
  let next = at + 1;
  while (next < text.length && text[next] <= SPACE) next++;
  return text[next] === BRACE || text[next] === QUOTE || text[next] === CLOSING;
}

const [QUOTE, CLOSING] = [34, 93];
