import { toByteString } from "../../event/bytes.ts";
import { AddressFamily, L4, OpenFlag } from "../../event/constants.ts";
import { type DescriptorRecord, FdKind } from "../../event/snapshot.ts";
import type { Reading } from "../reading.ts";
import { connection, type Endpoint, endpoint } from "./endpoint.ts";

const FORMS = ["file", "directory", "tcp", "udp", "listen", "unix", "pipe", "memfd", "eventfd", "inotify"] as const;

/**
 * Reads a descriptor that is open before the first event: the path of a file, or a mapping with the kind of the
 * descriptor, such as `{tcp: "10.0.0.5:40000 -> 1.2.3.4:443"}`, `{listen: 0.0.0.0:80}`, `{unix: /run/x.sock}`, `{pipe:
 * true}`.
 */
export function openDescriptor(reading: Reading, fd: number): DescriptorRecord {
  if (reading.isScalar) return file(fd, reading.text("A descriptor"));
  const entries = reading.entries("A descriptor");
  const keys = reading.keyed("a descriptor", FORMS);
  const [entry] = keys;
  if (entries.length !== 1 || entry === undefined)
    throw reading.fault(`A descriptor must be one of ${FORMS.join(", ")}.`);
  const [form, value] = entry;
  const what = `"${form}"`;
  switch (form) {
    case "file":
      return file(fd, value.text(what));
    case "directory":
      return { ...file(fd, value.text(what)), kind: FdKind.directory };
    case "tcp":
    case "udp": {
      const { from, to } = connection(value, what);
      const v6 = to.family === AddressFamily.INET6;
      return inet(fd, v6 ? FdKind.ipv6 : FdKind.ipv4, from, to, form === "tcp" ? L4.TCP : L4.UDP);
    }
    case "listen": {
      const at = endpoint(value, what);
      const v6 = at.family === AddressFamily.INET6;
      return inet(fd, v6 ? FdKind.ipv6Server : FdKind.ipv4Server, at, at, L4.TCP);
    }
    case "unix":
      return { ...blank(fd), kind: FdKind.unix, name: toByteString(value.text(what)), unixSource: 1n };
    case "pipe":
      return { ...blank(fd), kind: FdKind.fifo, name: `pipe:[${4000 + fd}]` };
    case "memfd":
      return { ...blank(fd), kind: FdKind.memfd, name: toByteString(`/memfd:${value.text(what)}`) };
    case "eventfd":
      return { ...blank(fd), kind: FdKind.event, name: "[eventfd]" };
    default:
      return { ...blank(fd), kind: FdKind.inotify, name: "inotify" };
  }
}

export function file(fd: number, path: string): DescriptorRecord {
  return { ...blank(fd), kind: FdKind.fileV2, name: toByteString(path), flags: OpenFlag.RDWR, dev: 0x803 };
}

/** Returns a descriptor of a directory. */
export function directory(fd: number, path: string): DescriptorRecord {
  return { ...file(fd, path), kind: FdKind.directory };
}

function inet(fd: number, kind: FdKind, from: Endpoint, to: Endpoint, l4: number): DescriptorRecord {
  const { address: sip, port: sport } = from;
  return { ...blank(fd), kind, sip, sport, dip: to.address, dport: to.port, l4 };
}

function blank(fd: number): DescriptorRecord {
  return {
    fd,
    ino: 5000n + BigInt(fd),
    kind: FdKind.unknown,
    name: "",
    flags: 0,
    mountId: 1,
    dev: 0,
    sip: "",
    dip: "",
    sport: 0,
    dport: 0,
    l4: L4.UNKNOWN,
    unixSource: 0n,
    unixDestination: 0n,
  };
}
