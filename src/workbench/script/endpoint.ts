import { parseAddress } from "../../condition/address.ts";
import { toByteString } from "../../event/bytes.ts";
import { AddressFamily } from "../../event/constants.ts";
import type { Reading } from "../reading.ts";

/** An address with a port, or the path of a Unix socket. */
export interface Endpoint {
  readonly family: number;
  /** 4 or 16 bytes as a byte string, or the path of a Unix socket. */
  readonly address: string;
  readonly port: number;
}

const FORMS = "an address with a port (1.2.3.4:443, [2001:db8::1]:443) or the path of a unix socket";

export function endpoint(reading: Reading, what: string): Endpoint {
  const text = reading.text(what);
  if (text.startsWith("/") || text.startsWith("@")) {
    return { family: AddressFamily.UNIX, address: toByteString(text), port: 0 };
  }
  const found = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]+)$/.exec(text);
  const [, v6, v4, digits] = found ?? [];
  const address = parseAddress(v6 ?? v4 ?? "");
  const port = Number(digits);
  if (address === undefined || !(port <= 65535)) throw reading.fault(`${what} must be ${FORMS}, not "${text}".`);
  return { family: address.length === 4 ? AddressFamily.INET : AddressFamily.INET6, address, port };
}

/** Parses a connection, `from -> to`. `from` is optional, as in `-> 1.2.3.4:443`. */
export function connection(reading: Reading, what: string): { from: Endpoint; to: Endpoint } {
  const [from = "", to, ...more] = reading.text(what).split("->");
  if (to === undefined || more.length > 0)
    throw reading.fault(`${what} must be two endpoints: 10.0.0.5:40000 -> 1.2.3.4:443.`);
  const part = (text: string): Reading => reading.with(text.trim());
  const target = endpoint(part(to), what);
  return { from: from.trim() === "" ? localEnd(target) : endpoint(part(from), what), to: target };
}

const LOCAL_PORT = 40000;

/** Returns the default local endpoint: 10.0.0.10 or fd00::10 with the given port; an empty path for Unix sockets. */
export function localEnd(other: Endpoint, port = LOCAL_PORT): Endpoint {
  switch (other.family) {
    case AddressFamily.INET:
      return { family: other.family, address: "\x0a\0\0\x0a", port };
    case AddressFamily.INET6:
      return { family: other.family, address: `\xfd${"\0".repeat(14)}\x10`, port };
    default:
      return { family: other.family, address: "", port: 0 };
  }
}

/** Returns the binary form of an address in events. */
export function sockaddr({ family, address, port }: Endpoint): Uint8Array {
  if (family === AddressFamily.UNIX) return bytes(String.fromCharCode(family), address, "\0");
  return bytes(String.fromCharCode(family), address, portBytes(port));
}

/** Returns the binary form of a connection in events. */
export function socktuple(from: Endpoint, to: Endpoint): Uint8Array {
  const family = String.fromCharCode(to.family);
  if (to.family === AddressFamily.UNIX) return bytes(family, UNIX_ENDS, to.address || from.address, "\0");
  return bytes(family, from.address, portBytes(from.port), to.address, portBytes(to.port));
}

/** Kernel addresses of both ends of a Unix socket. */
const UNIX_ENDS = "\0\x10\0\0\x81\x88\xff\xff\0\x20\0\0\x81\x88\xff\xff";

function portBytes(port: number): string {
  return String.fromCharCode(port & 255, port >> 8);
}

function bytes(...parts: readonly string[]): Uint8Array {
  return Uint8Array.from(parts.join(""), (c) => c.charCodeAt(0));
}
