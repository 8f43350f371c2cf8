import type { Document, Json, JsonObject } from "../../event/document.ts";

/**
 * A firewall event of any product and format. In its document, addresses, ports and protocol have the same keys as in
 * Suricata events, so that the `net` fields apply to both. Undefined values were not logged.
 */
export interface FirewallEvent {
  /** Time of the event, nanoseconds since the epoch. */
  readonly time: bigint;
  readonly ends?: Ends;
  readonly hardware?: { readonly source?: string | undefined; readonly destination?: string | undefined } | undefined;
  /** Number of bytes and packets from the initiator (`there`) and to the initiator (`back`). */
  readonly counts?: { readonly bytes?: Both | undefined; readonly packets?: Both | undefined } | undefined;
  /** Values of the `fw.*` fields, by name. */
  readonly fw: FirewallFields;
  /** The input: the JSON object, or the line without its syslog header, in some formats with its parsed values. */
  readonly raw: Json;
}

export interface Ends {
  readonly source?: string | undefined;
  readonly sourcePort?: number | undefined;
  readonly destination?: string | undefined;
  readonly destinationPort?: number | undefined;
  /** Name or number of the protocol. */
  readonly protocol?: string | number | undefined;
  readonly icmpType?: number | undefined;
  readonly icmpCode?: number | undefined;
}

export interface Both {
  readonly there?: number | undefined;
  readonly back?: number | undefined;
}

/** Kinds of events: `packet`; `new`, `update` and `end` for connections; `log` for all other events. */
export type EventKind = "packet" | "new" | "update" | "end" | "log";

export interface FirewallFields {
  readonly event: EventKind;
  readonly action?: string | undefined;
  readonly prefix?: string | undefined;
  readonly chain?: string | undefined;
  readonly rule?: string | undefined;
  readonly hook?: string | undefined;
  readonly in?: string | undefined;
  readonly out?: string | undefined;
  readonly mark?: number | undefined;
  readonly length?: number | undefined;
  readonly ttl?: number | undefined;
  readonly tcp_flags?: readonly string[] | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly state?: string | undefined;
  readonly conntrack_id?: number | undefined;
  readonly nat?: JsonObject | undefined;
  readonly host?: string | undefined;
  readonly vendor?: string | undefined;
  readonly product?: string | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly severity?: number | undefined;
  readonly user?: string | undefined;
  readonly app?: string | undefined;
  readonly message?: string | undefined;
}

/** Converts the event to a document. */
export function firewallDocument({ time, ends = {}, hardware, counts, fw, raw }: FirewallEvent): Document {
  const value = present({
    src_ip: ends.source,
    src_port: ends.sourcePort,
    dest_ip: ends.destination,
    dest_port: ends.destinationPort,
    proto: ends.protocol,
    icmp_type: ends.icmpType,
    icmp_code: ends.icmpCode,
    ether: objectOf({ src_mac: hardware?.source, dest_mac: hardware?.destination }),
    flow: objectOf({
      pkts_toserver: counts?.packets?.there,
      pkts_toclient: counts?.packets?.back,
      bytes_toserver: counts?.bytes?.there,
      bytes_toclient: counts?.bytes?.back,
    }),
    fw: present({ ...fw }),
    raw,
  });
  const { event: kind, host } = fw;
  return { time, value, kind, ...(host !== undefined && { host }) };
}

/** Returns an object without undefined values and empty strings; undefined if no member remains. */
export function objectOf(members: Readonly<Record<string, Json | undefined>>): JsonObject | undefined {
  const object = present(members);
  return Object.keys(object).length === 0 ? undefined : object;
}

function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const object: Record<string, Json> = {};
  for (const [key, value] of Object.entries(members)) if (value !== undefined && value !== "") object[key] = value;
  return object;
}

/** Parses an integer from 0 to `most`, in decimal or in hexadecimal with `0x`; undefined for any other text. */
export function whole(text: string | undefined, most = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text === undefined || !/^(?:[0-9]{1,15}|0[xX][0-9a-fA-F]{1,12})$/.test(text)) return undefined;
  const number = Number(text);
  return number <= most ? number : undefined;
}

export const MAX_PORT = 65_535;

/**
 * Returns the two addresses of an Ethernet header, which consists of destination, source and type, as hexadecimal bytes
 * separated by colons.
 */
export function hardwareOf(header: string | undefined): FirewallEvent["hardware"] {
  if (header === undefined || !/^(?:[0-9a-fA-F]{2}:){13}[0-9a-fA-F]{2}$/.test(header)) return undefined;
  return { destination: header.slice(0, 17), source: header.slice(18, 35) };
}
