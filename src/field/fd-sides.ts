import { FdKind } from "../event/snapshot.ts";
import { type Descriptor, hasNoRole, isInet } from "../machine/descriptor.ts";
import type { Observed } from "../machine/observed.ts";
import { descriptorOf } from "./fd-of-event.ts";
import type { Reader } from "./field.ts";

const IPV4_BYTES = 4;

export function isPair(fd: Descriptor): boolean {
  return fd.kind === FdKind.ipv4 || fd.kind === FdKind.ipv6;
}

/** Whether the descriptor is a connection whose client and server are known. */
function hasSides(fd: Descriptor): boolean {
  return isPair(fd) && !hasNoRole(fd);
}

/**
 * Whether an address is local to the thread of the event. On the host, the addresses of the machine are local. In a
 * container, the IPv4 addresses of the container and of the machine are local; if the container's address is unknown,
 * the addresses of all containers are.
 */
function isLocal({ thread, machine }: Observed, address: string): boolean {
  const id = thread?.containerId ?? "";
  if (id === "") return machine.interfaceTable.isOwn(address);
  if (address.length !== IPV4_BYTES) return false;
  const own = machine.containerTable.address(id);
  if (own === undefined) return machine.containerTable.hasAddress(address);
  return own === address || machine.interfaceTable.isOwn(address);
}

export const clientAddress = (fd: Descriptor) => (hasSides(fd) ? fd.sip : undefined);

export function serverAddress(fd: Descriptor): string | undefined {
  if (hasNoRole(fd)) return undefined;
  return isPair(fd) ? fd.dip : isInet(fd) ? fd.sip : undefined;
}

/** The address of the server of the event's connection. */
export function serverAddressOf(event: Observed): string | undefined {
  const fd = descriptorOf(event);
  return fd === undefined || !isPair(fd) ? undefined : serverAddress(fd);
}

/** The address of the local end of the event's connection, or of the remote end. */
function sideAddress(event: Observed, local: boolean): string | undefined {
  const fd = descriptorOf(event);
  if (fd === undefined || !hasSides(fd)) return undefined;
  const { sip } = fd;
  return isLocal(event, sip) === local ? sip : fd.dip;
}

export const localAddress: Reader = (event) => sideAddress(event, true);
export const remoteAddress: Reader = (event) => sideAddress(event, false);

export const clientPort = (fd: Descriptor) => (hasSides(fd) ? fd.sport : undefined);

export function serverPort(fd: Descriptor): number | undefined {
  if (isPair(fd)) return hasNoRole(fd) ? undefined : fd.dport;
  return isInet(fd) ? fd.sport : undefined;
}

function sidePort(event: Observed, local: boolean): number | undefined {
  const fd = descriptorOf(event);
  if (fd === undefined || !hasSides(fd)) return undefined;
  return isLocal(event, fd.sip) === local ? fd.sport : fd.dport;
}

export const localPort = (event: Observed) => sidePort(event, true);
export const remotePort = (event: Observed) => sidePort(event, false);

/**
 * The port of the client as text. Undefined if the descriptor has no role (client or server); "" if it has a role but
 * is not a connection.
 */
export function clientService(fd: Descriptor): string | undefined {
  if (hasNoRole(fd)) return undefined;
  return isPair(fd) ? String(fd.sport) : "";
}

/** The port of the server as text; "" for listening sockets. */
export function serverService(fd: Descriptor): string | undefined {
  if (isPair(fd)) return hasNoRole(fd) ? undefined : String(fd.dport);
  return isInet(fd) ? "" : undefined;
}

export function isServerSide(event: Observed): boolean | undefined {
  const fd = descriptorOf(event);
  if (fd === undefined) return undefined;
  return isPair(fd) ? isLocal(event, fd.dip) : isInet(fd);
}
