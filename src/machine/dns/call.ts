import { EventCode } from "../../event/code.ts";
import { type Descriptor, isServer } from "../descriptor.ts";
import type { Observed } from "../observed.ts";
import { result } from "../read.ts";
import { type DnsMessage, parseDnsData } from "./message.ts";

/** Port of DNS servers. */
export const DNS_PORT = 53;

/** Calls that transfer data: the index of the data parameter, and whether the call receives. */
const DATA: ReadonlyMap<number, { readonly at: number; readonly receives: boolean }> = new Map([
  [EventCode.READ_X, { at: 1, receives: true }],
  [EventCode.READV_X, { at: 2, receives: true }],
  [EventCode.RECV_X, { at: 1, receives: true }],
  [EventCode.RECVFROM_X, { at: 1, receives: true }],
  [EventCode.RECVMSG_X, { at: 2, receives: true }],
  [EventCode.RECVMMSG_X, { at: 3, receives: true }],
  [EventCode.WRITE_X, { at: 1, receives: false }],
  [EventCode.WRITEV_X, { at: 1, receives: false }],
  [EventCode.SEND_X, { at: 1, receives: false }],
  [EventCode.SENDTO_X, { at: 1, receives: false }],
  [EventCode.SENDMSG_X, { at: 1, receives: false }],
  [EventCode.SENDMMSG_X, { at: 3, receives: false }],
]);

/** Whether the remote end of a socket is a DNS server. */
export function isToDnsServer(fd: Descriptor): boolean {
  return (isServer(fd) ? fd.sport : fd.dport) === DNS_PORT;
}

/** The last event that was parsed and its message, cached because several fields read it. */
let lastBytes: Uint8Array | undefined;
let [lastAt, lastNum, lastTime] = [-1, -1, -1];
let last: DnsMessage | undefined;

/** The query that the call of an event sent to a DNS server, or the response that it received. */
export function dnsOfCall(event: Observed): DnsMessage | undefined {
  const data = DATA.get(event.type);
  if (data === undefined || event.fd === undefined || !isToDnsServer(event.fd)) return undefined;
  const { bytes, at, num, timeNumber } = event;
  if (at === lastAt && num === lastNum && timeNumber === lastTime && bytes === lastBytes) return last;
  [lastBytes, lastAt, lastNum, lastTime] = [bytes, at, num, timeNumber];
  last = undefined;
  const length = event.length(data.at);
  const size = result(event);
  if (length === 0 || size <= 0) return undefined;
  const from = event.offset(data.at);
  const message = parseDnsData(bytes, from, from + length, size);
  if (message?.isAnswer === data.receives) last = message;
  return last;
}
