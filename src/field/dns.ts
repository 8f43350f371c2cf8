import { isArray, isObject, type Json, member } from "../event/document.ts";
import type { Observed } from "../machine/observed.ts";
import type { FieldClass } from "./catalogue.ts";
import { callAnswers, callId, callName, callRecordType, callResponseCode, callType } from "./dns-call.ts";
import { countOf, textOf } from "./document-value.ts";
import { serverAddressOf } from "./fd.ts";
import type { Field, Reader } from "./field.ts";
import { walk } from "./json-value.ts";
import { row } from "./row.ts";

/**
 * The DNS message of a document. In Suricata's format 2, a document has one message with its question, and alerts have
 * lists of messages. In format 3, messages have lists of questions.
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

/** The question of the message. */
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

/** Keys of the names in answers that are objects. */
const COMPOUND: readonly (readonly [kind: string, key: string])[] = [
  ["srv", "name"],
  ["soa", "mname"],
];

/** All resolved values: addresses, names and other strings. */
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

/** Combines readers for documents and for system calls. */
function either(ofDocument: Reader, ofCall: Reader): Reader {
  return (event) => (event.document === undefined ? ofCall(event) : ofDocument(event));
}

const documentId: Reader = (event) => countOf(member(message(event), "id"));

const name: Reader = either(part(question, "rrname"), callName);

/** Length of the name in bytes. DNS tunnels use long names. */
const nameLength: Reader = (event) => {
  const value = name(event);
  return typeof value === "string" ? value.length : undefined;
};

const dnsFields: readonly Field[] = [
  row("dns.type", "CHARBUF", either(type, callType), "The kind of message: query or answer."),
  row("dns.id", "UINT16", either(documentId, callId), "The transaction ID of query and answer."),
  row("dns.name", "CHARBUF", name, "The queried name; for system calls in lower case.", {
    ecs: { "dns.question.name": "text" },
  }),
  row(
    "dns.name.length",
    "UINT32",
    nameLength,
    "The length of the queried name in bytes. Long names can indicate data transfer.",
  ),
  row(
    "dns.rrtype",
    "CHARBUF",
    either(part(question, "rrtype"), callRecordType),
    "The requested record type: A, AAAA, TXT, MX, and so on.",
  ),
  row(
    "dns.rcode",
    "CHARBUF",
    either(part(message, "rcode"), callResponseCode),
    "The response code of an answer: NOERROR, NXDOMAIN, SERVFAIL, and so on.",
  ),
  row(
    "dns.answers",
    "CHARBUF",
    either(answers, callAnswers),
    "All values of the answer: addresses, names, texts; for system calls, the values that the sensor recorded.",
    { list: true },
  ),
];

const isResolved: Reader = (event) => {
  const address = serverAddressOf(event);
  return address === undefined ? undefined : event.machine.names?.isResolved(event, address);
};

/** Fields of DNS messages: of documents, and of system calls on sockets to port 53. */
export const dnsClass: FieldClass = { name: "dns", description: "DNS", fields: dnsFields };

/** Fields of system calls about names and addresses. */
export const dnsClasses: readonly FieldClass[] = [
  dnsClass,
  {
    name: "fd",
    description: "Address of a connection",
    roles: { needs: "dns" },
    fields: [
      row(
        "fd.sip.is_resolved",
        "BOOL",
        isResolved,
        "True if the server's address was in a DNS answer that a process in the same container (or on the host) " +
          "received in the last 24 hours; otherwise false. Absent for processes that started before the sensor.",
      ),
    ],
  },
];
