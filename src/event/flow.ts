import { addressOf } from "./address.ts";
import { type Document, isObject, type Json } from "./document.ts";
import { protocolNumber } from "./ip-protocol.ts";

/** Endpoints and protocol of a connection, from a socket or from an event of a network IDS or firewall. */
export interface Flow {
  /** IP protocol number. */
  readonly protocol: number;
  /** Addresses of 4 or 16 bytes as byte strings. */
  readonly source: string;
  readonly destination: string;
  /** Source port, or the ICMP type; -1 if it is unknown or the protocol has no ports. */
  readonly sourcePort: number;
  /** Destination port, or the ICMP code; -1 if it is unknown or the protocol has no ports. */
  readonly destinationPort: number;
}

export const IpNumber = { ICMP: 1, TCP: 6, UDP: 17, DCCP: 33, ICMP6: 58, SCTP: 132, UDPLITE: 136 } as const;

/** Document for which {@link flowOf} was called last, and its flow. Cached because several fields require the flow. */
let lastDocument: Document["value"] | undefined;
let lastFlow: Flow | undefined;

/**
 * Returns the flow of a document. Documents of all network sources have the same keys: `src_ip`, `src_port`, `dest_ip`,
 * `dest_port`, `proto` (name or number), and `icmp_type` and `icmp_code` for ICMP.
 * @returns undefined if an address or the protocol is missing or invalid
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

/** Returns an integer from 0 to `most`, given as a number or as text; undefined for any other value. */
function asNumber(value: Json | undefined, most: number): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 && value <= most ? value : undefined;
  if (typeof value !== "string" || !/^[0-9]{1,5}$/.test(value)) return undefined;
  const number = Number(value);
  return number <= most ? number : undefined;
}
