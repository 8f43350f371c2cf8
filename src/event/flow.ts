import { addressOf } from "./address.ts";
import { type Document, isObject, type Json } from "./document.ts";
import { protocolNumber } from "./ip-protocol.ts";

/** Who speaks with whom: what a network IDS, a firewall and a socket have in common. */
export interface Flow {
  /** The number of the protocol above IP. */
  readonly protocol: number;
  /** Addresses of 4 or 16 bytes as byte strings. */
  readonly source: string;
  readonly destination: string;
  /** For ICMP, type and code. -1 if the protocol has none, or they are unknown. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export const IpNumber = { ICMP: 1, TCP: 6, UDP: 17, DCCP: 33, ICMP6: 58, SCTP: 132, UDPLITE: 136 } as const;

/** The document that was asked about last, and its flow: the fields of one event ask one after the other. */
let lastDocument: Document["value"] | undefined;
let lastFlow: Flow | undefined;

/**
 * The flow that a document is about. Documents of every network source hold it under the same names: `src_ip`,
 * `src_port`, `dest_ip`, `dest_port`, `proto` (name or number), and for ICMP `icmp_type` and `icmp_code`.
 * @returns undefined where an address or the protocol is missing
 */
export function flowOf(document: Document["value"]): Flow | undefined {
  if (document === lastDocument) return lastFlow;
  lastDocument = document;
  lastFlow = isObject(document) ? readFlow(document) : undefined;
  return lastFlow;
}

function readFlow(document: { readonly [key: string]: Json }): Flow | undefined {
  const { src_ip: source, dest_ip: destination, proto } = document;
  if (typeof source !== "string" || typeof destination !== "string") return undefined;
  const protocol = typeof proto === "string" ? protocolNumber(proto) : asNumber(proto, 255);
  const from = addressOf(source);
  const to = addressOf(destination);
  if (protocol === undefined || from === undefined || to === undefined || from.length !== to.length) return undefined;
  const isIcmp = protocol === IpNumber.ICMP || protocol === IpNumber.ICMP6;
  return {
    protocol,
    source: from,
    destination: to,
    sourcePort: asNumber(isIcmp ? document.icmp_type : document.src_port, 65535) ?? -1,
    destinationPort: asNumber(isIcmp ? document.icmp_code : document.dest_port, 65535) ?? -1,
  };
}

/** A whole number from 0 to `most`; also as text, which some write. */
function asNumber(value: Json | undefined, most: number): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 && value <= most ? value : undefined;
  if (typeof value !== "string" || !/^[0-9]{1,5}$/.test(value)) return undefined;
  const number = Number(value);
  return number <= most ? number : undefined;
}
