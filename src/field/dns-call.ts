import { addressText } from "../event/address.ts";
import { dnsOfCall } from "../machine/dns/call.ts";
import { RecordType } from "../machine/dns/message.ts";
import type { Observed } from "../machine/observed.ts";

/** Readers of the `dns.*` fields for system calls on sockets whose remote end is a DNS server. */

export function callType(event: Observed): string | undefined {
  const message = dnsOfCall(event);
  return message === undefined ? undefined : message.isAnswer ? "answer" : "query";
}

export const callId = (event: Observed): number | undefined => dnsOfCall(event)?.id;

export const callName = (event: Observed): string | undefined => dnsOfCall(event)?.name;

/** Names of record types (IANA, "DNS Parameters"). */
const TYPES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(RecordType).map(([name, number]): [number, string] => [number, name]),
  ...([
    [10, "NULL"],
    [13, "HINFO"],
    [35, "NAPTR"],
    [39, "DNAME"],
    [43, "DS"],
    [46, "RRSIG"],
    [48, "DNSKEY"],
  ] as const),
  ...([
    [52, "TLSA"],
    [64, "SVCB"],
    [65, "HTTPS"],
    [252, "AXFR"],
    [255, "ANY"],
    [257, "CAA"],
  ] as const),
]);

export function callRecordType(event: Observed): string | undefined {
  const type = dnsOfCall(event)?.type;
  return type === undefined ? undefined : (TYPES.get(type) ?? `TYPE${type}`);
}

const CODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET"];

export function callResponseCode(event: Observed): string | undefined {
  const message = dnsOfCall(event);
  return message?.isAnswer ? (CODES[message.rcode] ?? `RCODE${message.rcode}`) : undefined;
}

/** The distinct values of the answer. */
export function callAnswers(event: Observed): readonly string[] | undefined {
  const message = dnsOfCall(event);
  if (message === undefined || message.records.length === 0) return undefined;
  const found = new Set<string>();
  for (const { address, text } of message.records) {
    if (address !== "") found.add(addressText(address));
    else if (text !== undefined) found.add(text);
  }
  return [...found];
}
