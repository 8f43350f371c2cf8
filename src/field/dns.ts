import { isArray, isObject, type Json, member } from "../event/document.ts";
import type { Observed } from "../machine/observed.ts";
import { countOf, textOf } from "./document-value.ts";
import type { Field, Reader } from "./field.ts";
import { walk } from "./json-value.ts";
import { row } from "./row.ts";

/**
 * The message of a document. Suricata has three formats: one message with its question (2), one with lists of questions
 * (3), and, in alerts of format 2, lists of messages.
 */
function message({ document }: Observed): Json | undefined {
  const dns = walk(document, DNS);
  if (!isObject(dns)) return undefined;
  return first(dns.answer) ?? first(dns.query) ?? dns;
}

const DNS = ["dns"];

function first(list: Json | undefined): Json | undefined {
  if (isArray(list)) return list[0];
  return isObject(list) ? list : undefined;
}

/** The question. */
function question(event: Observed): Json | undefined {
  const dns = message(event);
  return first(member(dns, "queries")) ?? dns;
}

const part = (read: (event: Observed) => Json | undefined, key: string): Reader => {
  return (event) => textOf(member(read(event), key));
};

const TYPES: Readonly<Record<string, string>> = { request: "query", response: "answer" };

const type: Reader = (event) => {
  const text = textOf(member(message(event), "type"));
  return text !== undefined && Object.hasOwn(TYPES, text) ? TYPES[text] : text;
};

/** Keys of answers that are not plain text. */
const COMPOUND: readonly (readonly [kind: string, key: string])[] = [
  ["srv", "name"],
  ["soa", "mname"],
];

/** All resolved values: addresses, names, texts. */
const answers: Reader = (event) => {
  const dns = message(event);
  const found: string[] = [];
  const list = member(dns, "answers");
  if (isArray(list)) {
    for (const answer of list) found.push(...answerTexts(answer));
  } else {
    const grouped = member(dns, "grouped");
    if (isObject(grouped)) {
      for (const values of Object.values(grouped)) if (isArray(values)) found.push(...values.flatMap(valueTexts));
    } else found.push(...answerTexts(dns ?? null));
  }
  return found.length === 0 ? undefined : [...new Set(found)];
};

function answerTexts(answer: Json): string[] {
  const plain = textOf(member(answer, "rdata"));
  if (plain !== undefined) return [plain];
  return COMPOUND.flatMap(([kind, key]) => valueTexts(member(member(answer, kind), key)));
}

function valueTexts(value: Json | undefined): string[] {
  const text = textOf(value) ?? textOf(member(value, "name")) ?? textOf(member(value, "mname"));
  return text === undefined ? [] : [text];
}

/** Length of the name in bytes: tunnels in DNS use long names. */
const nameLength: Reader = (event) => textOf(member(question(event), "rrname"))?.length;

export const dnsFields: readonly Field[] = [
  row("dns.type", "CHARBUF", type, "query or answer."),
  row("dns.id", "UINT16", (event) => countOf(member(message(event), "id")), "The transaction id of query and answer."),
  row("dns.name", "CHARBUF", part(question, "rrname"), "The queried name.", {
    ecs: { "dns.question.name": "text" },
  }),
  row("dns.name.length", "UINT32", nameLength, "Its length in bytes: names that carry data are long."),
  row("dns.rrtype", "CHARBUF", part(question, "rrtype"), "The requested record type: A, AAAA, TXT, MX, and so on."),
  row("dns.rcode", "CHARBUF", part(message, "rcode"), "The response code: NOERROR, NXDOMAIN, SERVFAIL, and so on."),
  row("dns.answers", "CHARBUF", answers, "All values of the answer: addresses, names, texts.", { list: true }),
];
