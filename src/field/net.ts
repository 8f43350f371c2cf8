import { type Flow, flowOf, IpNumber } from "../event/flow.ts";
import { protocolName, protocolNumber } from "../event/ip-protocol.ts";
import { FdKind } from "../event/snapshot.ts";
import { type Descriptor, isClient, isServer } from "../machine/descriptor.ts";
import { socketFlow, socketProtocol } from "../machine/flow.ts";
import type { Observed } from "../machine/observed.ts";
import type { FieldClass } from "./catalogue.ts";
import { communityId } from "./community-id.ts";
import { countOf, documentNumber, firstDocumentText, textOf } from "./document-value.ts";
import { descriptorOf } from "./fd.ts";
import { type Field, FieldArgumentError, type FieldType, type Reader, type Scalar, type Test } from "./field.ts";
import { walk } from "./json-value.ts";
import { flowDirection } from "./net-direction.ts";
import { PLAIN, row } from "./row.ts";

/** The flow of an event, from the document or from the socket of the call. */
function flowOfEvent(event: Observed): Flow | undefined {
  if (event.document !== undefined) return flowOf(event.document);
  const fd = descriptorOf(event);
  return fd === undefined ? undefined : socketFlow(fd);
}

/** The listening socket that the event is about; undefined for other events. */
function listening(event: Observed): Descriptor | undefined {
  if (event.document !== undefined) return undefined;
  const fd = descriptorOf(event);
  return fd !== undefined && (fd.kind === FdKind.ipv4Server || fd.kind === FdKind.ipv6Server) ? fd : undefined;
}

const PROTOCOL = ["proto"];

function protocol(event: Observed): string | undefined {
  if (event.document !== undefined) {
    const written = textOf(walk(event.document, PROTOCOL));
    const number = written === undefined ? undefined : protocolNumber(written);
    return number === undefined ? written?.toLowerCase() : protocolName(number);
  }
  const fd = descriptorOf(event);
  const number = fd === undefined ? undefined : socketProtocol(fd);
  return number === undefined ? undefined : protocolName(number);
}

const sourceAddress = (event: Observed) => flowOfEvent(event)?.source;
const destinationAddress = (event: Observed) => flowOfEvent(event)?.destination ?? listening(event)?.sip;

function sourcePort(event: Observed): number | undefined {
  return portOf(flowOfEvent(event), false);
}

function destinationPort(event: Observed): number | undefined {
  return portOf(flowOfEvent(event), true) ?? listening(event)?.sport;
}

/** The port of one end. ICMP flows have no ports: they contain the type and code instead. */
function portOf(flow: Flow | undefined, destination: boolean): number | undefined {
  if (flow === undefined || isIcmp(flow)) return undefined;
  const port = destination ? flow.destinationPort : flow.sourcePort;
  return port < 0 ? undefined : port;
}

function isIcmp({ protocol }: Flow): boolean {
  return protocol === IpNumber.ICMP || protocol === IpNumber.ICMP6;
}

/** The flow of the last document and its Community ID, cached because rules and outputs read it repeatedly. */
let lastFlow: Flow | undefined;
let lastId: string | undefined;

const community: Reader = (event) => {
  if (event.document === undefined) {
    const fd = descriptorOf(event);
    return fd === undefined ? undefined : communityOf(fd);
  }
  const flow = flowOf(event.document);
  if (flow === undefined) return undefined;
  if (flow !== lastFlow) {
    lastFlow = flow;
    lastId = communityId(flow);
  }
  return lastId;
};

/** The Community ID of a socket. Computed on demand and cached until an end of the socket changes. */
function communityOf(fd: Descriptor): string | undefined {
  const flow = socketFlow(fd);
  const { socket } = fd;
  if (flow === undefined || socket === undefined) return undefined;
  const { protocol, source, destination, sourcePort, destinationPort } = flow;
  const ends = source + destination + String.fromCharCode(protocol, sourcePort, destinationPort);
  if (socket.communityOf !== ends) {
    socket.communityOf = ends;
    socket.communityId = communityId(flow);
  }
  return socket.communityId;
}

const direction: Reader = (event) => {
  if (event.document !== undefined) return flowDirection(event);
  const fd = descriptorOf(event);
  if (fd === undefined || socketProtocol(fd) === undefined) return undefined;
  return isServer(fd) ? "inbound" : isClient(fd) ? "outbound" : undefined;
};

/** Reads the sum of both directions; undefined if both are missing. */
function both(name: "bytes" | "pkts"): Reader {
  const there = ["flow", `${name}_toserver`];
  const back = ["flow", `${name}_toclient`];
  return ({ document }) => {
    const sent = countOf(walk(document, there));
    const received = countOf(walk(document, back));
    return sent === undefined && received === undefined ? undefined : (sent ?? 0) + (received ?? 0);
  };
}

const VLAN = ["vlan"];

const vlan: Reader = ({ document }) => {
  const value = walk(document, VLAN);
  return countOf(Array.isArray(value) ? value[0] : value);
};

/** Reads a property of one end of a flow. */
type End<T> = (event: Observed) => T | undefined;

/** A test of both ends of a flow, or of the single end of a listening socket. `!=` is true if neither end matches. */
function eitherEnd<T extends Scalar>(
  name: string,
  read: readonly [End<T>, End<T>],
  matcher: (operator: string, operands: readonly Scalar[]) => ((value: T) => boolean) | undefined,
) {
  return (_argument: string | undefined, operator: string, operands: readonly Scalar[]): Test => {
    const isThere: Test = (event) => read.some((one) => one(event) !== undefined);
    if (operator === "exists") return isThere;
    const negated = operator === "!=";
    const matches = matcher(negated ? "=" : operator, operands);
    if (matches === undefined) throw new FieldArgumentError(`${name} cannot be compared with "${operator}".`);
    const [first, second] = read;
    return (event) => {
      const a = first(event);
      const b = second(event);
      if (a === undefined && b === undefined) return false;
      const found = (a !== undefined && matches(a)) || (b !== undefined && matches(b));
      return found !== negated;
    };
  };
}

function isOneOf<T>(operator: string, operands: readonly Scalar[]): ((value: T) => boolean) | undefined {
  if (operator !== "=" && operator !== "in") return undefined;
  const wanted = new Set<unknown>(operands);
  return (value) => wanted.has(value);
}

function isWithinOne(operator: string, operands: readonly Scalar[]): ((value: string) => boolean) | undefined {
  if (operator !== "=" && operator !== "in") return undefined;
  const networks = operands.map(String);
  return (value) => networks.some((network) => isWithin(value, network));
}

/** @param network the bytes of the address, followed by one byte for the prefix length */
function isWithin(address: string, network: string): boolean {
  if (network.length !== address.length + 1) return false;
  let bits = network.charCodeAt(address.length);
  for (let i = 0; bits > 0; i++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if (((address.charCodeAt(i) ^ network.charCodeAt(i)) & mask) !== 0) return false;
  }
  return true;
}

const ONLY_TESTED = { ...PLAIN, filterOnly: true } as const;

function ends(name: string, type: FieldType, test: NonNullable<Field["test"]>, description: string): Field {
  return row(name, type, () => undefined, description, { ...ONLY_TESTED, test });
}

const ADDRESSES = [sourceAddress, destinationAddress] as const;
const PORTS = [sourcePort, destinationPort] as const;

const netFields: readonly Field[] = [
  row(
    "net.proto",
    "CHARBUF",
    protocol,
    "The IP protocol: tcp, udp, icmp, icmp6, sctp, gre; for protocols without a name, the number.",
    { ecs: { "network.transport": "text" } },
  ),
  row(
    "net.src.ip",
    "IPADDR",
    sourceAddress,
    "Source address of the packet; for system calls, the address of the client.",
    {
      about: "source",
      as: "id",
      ecs: { "source.ip": "ip" },
    },
  ),
  row("net.src.port", "PORT", sourcePort, "Source port of the packet; for system calls, the port of the client.", {
    ecs: { "source.port": "number" },
  }),
  row(
    "net.dst.ip",
    "IPADDR",
    destinationAddress,
    "Destination address of the packet; for system calls, the address of the server.",
    { about: "destination", as: "id", ecs: { "destination.ip": "ip" } },
  ),
  row(
    "net.dst.port",
    "PORT",
    destinationPort,
    "Destination port of the packet; for system calls, the port of the server.",
    {
      ecs: { "destination.port": "number" },
    },
  ),
  row(
    "net.src.net",
    "IPNET",
    sourceAddress,
    "The network of net.src.ip, for example net.src.net = 10.0.0.0/8.",
    ONLY_TESTED,
  ),
  row("net.dst.net", "IPNET", destinationAddress, "The network of net.dst.ip.", ONLY_TESTED),
  ends("net.ip", "IPADDR", eitherEnd("net.ip", ADDRESSES, isOneOf), "Either address; != requires that both differ."),
  ends("net.port", "PORT", eitherEnd("net.port", PORTS, isOneOf), "Either port; != requires that both differ."),
  ends("net.net", "IPNET", eitherEnd("net.net", ADDRESSES, isWithinOne), "The network of either address."),
  row(
    "net.direction",
    "CHARBUF",
    direction,
    "The direction: outbound if this machine or the process is the initiator, inbound if the other end is, internal " +
      "if both ends are local, external if neither end is local.",
    { ecs: { "network.direction": "text" } },
  ),
  row(
    "net.community_id",
    "CHARBUF",
    community,
    "The Community ID (version 1, seed 0) of the flow: the same for all observers.",
    { about: "flow", as: "id", title: "Flow", changes: "often", ecs: { "network.community_id": "text" } },
  ),
  row("net.icmp.type", "UINT8", documentNumber("icmp_type"), "The type of the ICMP message."),
  row("net.icmp.code", "UINT8", documentNumber("icmp_code"), "The code of the ICMP message."),
  row(
    "net.src.mac",
    "CHARBUF",
    firstDocumentText(["ether", "src_mac"]),
    "The hardware address of the sender on the last link.",
  ),
  row("net.dst.mac", "CHARBUF", firstDocumentText(["ether", "dest_mac"]), "The hardware address of the receiver."),
  row("net.vlan", "UINT16", vlan, "The VLAN ID; for nested VLANs, the ID of the outer one."),
  row("net.bytes", "UINT64", both("bytes"), "Bytes of the flow in both directions, up to the event."),
  row("net.packets", "UINT64", both("pkts"), "Packets of the flow in both directions, up to the event."),
  row(
    "net.src.bytes",
    "UINT64",
    documentNumber("flow", "bytes_toserver"),
    "Bytes sent by the client, up to the event.",
  ),
  row(
    "net.dst.bytes",
    "UINT64",
    documentNumber("flow", "bytes_toclient"),
    "Bytes sent by the server, up to the event.",
  ),
  row(
    "net.src.packets",
    "UINT64",
    documentNumber("flow", "pkts_toserver"),
    "Packets sent by the client, up to the event.",
  ),
  row(
    "net.dst.packets",
    "UINT64",
    documentNumber("flow", "pkts_toclient"),
    "Packets sent by the server, up to the event.",
  ),
];

/** Fields of flows, which all network sources have, including system calls. */
export const netClass: FieldClass = { name: "net", description: "Network flow", fields: netFields };
