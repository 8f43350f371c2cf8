import { EventCode } from "../event/code.ts";
import { L4 } from "../event/constants.ts";
import { FdKind } from "../event/snapshot.ts";
import { eventTypes } from "../event/types.ts";
import { type Descriptor, DescriptorFlag, isConnected, isFile, isInet, protocol } from "../machine/descriptor.ts";
import type { Observed } from "../machine/observed.ts";
import { pathFrom } from "../machine/open.ts";
import { Path } from "../machine/path.ts";
import { fdTable, type Thread } from "../machine/thread.ts";
import { nameOf } from "./fd-address-name.ts";
import { addressTest, bothEnds, networkTest, portTest } from "./fd-either-end.ts";
import { descriptorOf, isAboutFd } from "./fd-of-event.ts";
import {
  clientAddress,
  clientPort,
  clientService,
  isServerSide,
  localAddress,
  localPort,
  remoteAddress,
  remotePort,
  serverAddress,
  serverPort,
  serverService,
} from "./fd-sides.ts";
import { type Field, FieldArgumentError, type Reader, type Scalar } from "./field.ts";
import { kindLetter, kindName } from "./kind.ts";
import { rendered, renderParameter, textOf } from "./parameter.ts";
import { plainPrinting } from "./print.ts";
import { PLAIN, row, rowWith, wholeNumber } from "./row.ts";

/** Other field modules import these from here, so that the bundler creates no separate chunks for them. */
export { descriptorOf } from "./fd-of-event.ts";
export { serverAddressOf } from "./fd-sides.ts";

/** Reads a property of the event's descriptor; undefined if the descriptor is unknown. */
function of<T extends Scalar>(read: (fd: Descriptor) => T | undefined): (event: Observed) => T | undefined {
  return (event) => {
    const fd = descriptorOf(event);
    return fd === undefined ? undefined : read(fd);
  };
}

/** The name in the parameters of the event, for a descriptor that is unknown because the call failed. */
function nameFromEvent(event: Observed, raw: boolean): string | undefined {
  if (eventTypes[event.type]!.enter) return undefined;
  switch (event.type) {
    case EventCode.OPEN_X:
    case EventCode.CREAT_X:
    case EventCode.ACCEPT_5_X:
    case EventCode.ACCEPT4_6_X:
    case EventCode.CONNECT_X:
      if (event.count < 2) return undefined;
      renderParameter(event, 1, plainPrinting);
      return rendered.meaning === "" ? rendered.text : rendered.meaning;
    case EventCode.OPENAT_2_X:
    case EventCode.OPENAT2_X:
      if (!raw) return openedPath(event)?.text;
      return event.length(2) === 0 ? undefined : textOf(event, 2);
    case EventCode.OPEN_BY_HANDLE_AT_X:
      return event.count > 3 ? textOf(event, 3) : undefined;
    default:
      return "";
  }
}

/** The path of a failed openat. */
function openedPath(event: Observed): Path | undefined {
  const { thread } = event;
  if (thread === undefined || event.length(1) !== 8 || event.length(2) === 0) return undefined;
  return pathFrom(thread, event.machine.decoder.name(event, 2), event.i64(1));
}

/** The name of the event's descriptor. */
export function fileName(event: Observed): string | undefined {
  const fd = descriptorOf(event);
  if (fd !== undefined) return fd.path.text;
  return isAboutFd(event) ? nameFromEvent(event, false) : undefined;
}

/** The name that the program passed, with double slashes collapsed. */
function rawFileName(event: Observed): string | undefined {
  if (!isAboutFd(event)) return undefined;
  const fd = descriptorOf(event);
  const name = fd === undefined ? nameFromEvent(event, true) : fd.path.raw;
  return name?.includes("//") ? name.replace(/\/{2,}/g, "/") : name;
}

/** The directory of the file; for a directory, its own path. */
export function directory(event: Observed): string | undefined {
  if (!isAboutFd(event)) return undefined;
  const fd = descriptorOf(event);
  if (fd !== undefined) {
    if (fd.kind === FdKind.directory) return fd.path.text;
    return isFile(fd) ? fd.path.directory : undefined;
  }
  if (event.type === EventCode.OPENAT_2_X || event.type === EventCode.OPENAT2_X) return openedPath(event)?.directory;
  const name = nameFromEvent(event, false);
  return name === undefined ? undefined : new Path(name, "").directory;
}

/** The last component of the file's path. */
function baseName(fd: Descriptor): string | undefined {
  if (!isFile(fd)) return undefined;
  const path = fd.path.text;
  const slash = path.lastIndexOf("/");
  if (slash < 0) return "/";
  return slash < path.length - 1 ? path.slice(slash + 1) : path;
}

/** Prepends the container ID of the thread. */
function inContainer(read: (event: Observed) => string | undefined): Reader {
  return (event) => {
    const text = read(event);
    return text === undefined ? undefined : `${event.thread?.containerId ?? ""}:${text}`;
  };
}

/** Letter for the kind of descriptor if the call failed or the descriptor is unknown. */
function guessedLetter(event: Observed): string {
  switch (event.type | 1) {
    case EventCode.OPENAT_2_X:
    case EventCode.OPENAT2_X:
    case EventCode.CREAT_X:
      return "f";
    case EventCode.SOCKET_X:
    case EventCode.ACCEPT_5_X:
    case EventCode.ACCEPT4_6_X:
      return "4";
    case EventCode.PIPE_X:
    case EventCode.PIPE2_X:
      return "p";
    case EventCode.EVENTFD_X:
    case EventCode.EVENTFD2_X:
      return "e";
    case EventCode.SIGNALFD_X:
    case EventCode.SIGNALFD4_X:
      return "s";
    case EventCode.TIMERFD_CREATE_X:
      return "t";
    case EventCode.INOTIFY_INIT_X:
    case EventCode.INOTIFY_INIT1_X:
      return "i";
    default:
      return "o";
  }
}

const text = (read: (event: Observed) => number | undefined): Reader => {
  return (event) => {
    const value = read(event);
    return value === undefined ? undefined : String(value);
  };
};

const PROTOCOLS: Readonly<Record<number, string>> = {
  [L4.TCP]: "tcp",
  [L4.UDP]: "udp",
  [L4.ICMP]: "icmp",
  [L4.RAW]: "raw",
};

function family(fd: Descriptor): string | undefined {
  return isInet(fd) ? "ip" : fd.kind === FdKind.unix ? "unix" : undefined;
}

/** The distinct kinds of the thread's descriptors, from high (newer) to low numbers. */
function kinds(event: Observed): readonly string[] | undefined {
  if (!isAboutFd(event)) return undefined;
  const { thread } = event;
  const table = thread === undefined ? undefined : fdTable(thread);
  if (table === undefined) return [];
  const names = [...table.entries()].map(([, fd]) => kindName(fd));
  return [...new Set(names.reverse())];
}

/** Reader of `fd.types`: the kinds of all descriptors, or of the descriptor with a number. */
function kindsOf(argument: string | undefined): Reader {
  if (argument === undefined) return kinds;
  const number = wholeNumber(argument);
  if (number === undefined)
    throw new FieldArgumentError("fd.types takes the number of a descriptor, for example fd.types[0].");
  if (number === -1) return kinds;
  return (event) => {
    const fd = isAboutFd(event) && number >= 0 ? held(event.thread, number) : undefined;
    return fd === undefined ? undefined : [kindName(fd)];
  };
}

function held(thread: Thread | undefined, number: number): Descriptor | undefined {
  return thread === undefined ? undefined : fdTable(thread)?.get(number);
}

const ADDRESSES = ["fd.cip", "fd.sip"];
const PORTS = ["fd.cport", "fd.sport"];

const networkOf = (address: string) => ({ ...PLAIN, filterOnly: true, looksAt: [address] });

const DEVICE = { format: "hex" } as const;

const ofFile = (bit: number) => of((fd) => (fd.flags & bit) !== 0);

export const fdFields: readonly Field[] = [
  row("fd.num", "INT64", (event) => (isAboutFd(event) ? event.fdNum : undefined), "The number of the file descriptor."),
  row(
    "fd.type",
    "CHARBUF",
    of(kindName),
    "The kind of descriptor: file, directory, ipv4, ipv6, unix, pipe, event, and so on.",
  ),
  row(
    "fd.typechar",
    "CHARBUF",
    (event) => {
      if (!isAboutFd(event)) return undefined;
      const fd = descriptorOf(event);
      return fd === undefined ? guessedLetter(event) : kindLetter(fd);
    },
    "The kind as one letter: f file, d directory, 4 and 6 internet socket, u unix socket, p pipe, and so on.",
  ),
  row("fd.name", "CHARBUF", fileName, "The path of a file, or the two ends of a socket: 10.0.0.1:40000->10.0.0.2:80.", {
    about: "file",
    as: "name",
    title: "Connection",
    aliases: ["file"],
    csv: 9,
    passed: "path",
  }),
  row("fd.directory", "CHARBUF", directory, "The directory of the file.", {
    ecs: { "file.directory": "text" },
    passed: "directory",
  }),
  row("fd.filename", "CHARBUF", of(baseName), "The last part of the file's path.", {
    ecs: { "file.name": "text" },
    passed: "filename",
  }),
  bothEnds("fd.ip", "IPADDR", addressTest, "Either address of a connection.", ADDRESSES),
  row("fd.cip", "IPADDR", of(clientAddress), "The client's address.", {
    about: "client",
    as: "id",
    ecs: { "client.ip": "ip", "source.ip": "ip" },
    cef: "src",
  }),
  row("fd.sip", "IPADDR", of(serverAddress), "The server's address.", {
    about: "server",
    as: "id",
    ecs: { "server.ip": "ip", "destination.ip": "ip" },
    cef: "dst",
  }),
  row("fd.lip", "IPADDR", localAddress, "The local address.", {
    about: "local end",
    as: "id",
  }),
  row("fd.rip", "IPADDR", remoteAddress, "The remote address.", {
    about: "peer",
    as: "id",
    aliases: ["ip"],
  }),
  bothEnds("fd.port", "PORT", portTest, "Either port of a connection.", PORTS),
  row("fd.cport", "PORT", of(clientPort), "The client's port.", {
    ecs: { "client.port": "number", "source.port": "number" },
    cef: "spt",
  }),
  row("fd.sport", "PORT", of(serverPort), "The server's port.", {
    ecs: { "server.port": "number", "destination.port": "number" },
    cef: "dpt",
  }),
  row("fd.lport", "PORT", localPort, "The local port."),
  row("fd.rport", "PORT", remotePort, "The remote port."),
  row(
    "fd.l4proto",
    "CHARBUF",
    of((fd) => PROTOCOLS[protocol(fd)] ?? "<NA>"),
    "The transport: tcp, udp, icmp or raw.",
    { ecs: { "network.transport": "text" }, cef: "proto" },
  ),
  row("fd.sockfamily", "CHARBUF", of(family), "ip or unix, for sockets."),
  row("fd.is_server", "BOOL", isServerSide, "True if this machine is the server."),
  row(
    "fd.uid",
    "CHARBUF",
    (event) => (isAboutFd(event) ? `${event.thread?.tid}${event.fdNum}` : undefined),
    "The thread ID and the descriptor number combined.",
  ),
  row(
    "fd.containername",
    "CHARBUF",
    inContainer(fileName),
    "The container's ID and the name: a0b1c2d3e4f5:/etc/passwd.",
  ),
  row("fd.containerdirectory", "CHARBUF", inContainer(directory), "The container's ID and the directory."),
  bothEnds(
    "fd.proto",
    "PORT",
    portTest,
    "Either port of a connection, as a number or as the name of a service.",
    PORTS,
  ),
  row("fd.cproto", "CHARBUF", of(clientService), "The client's port, as text."),
  row("fd.sproto", "CHARBUF", of(serverService), "The server's port, as text."),
  row("fd.lproto", "CHARBUF", text(localPort), "The local port, as text."),
  row("fd.rproto", "CHARBUF", text(remotePort), "The remote port, as text."),
  bothEnds("fd.net", "IPNET", networkTest, "The network of either address: fd.net = 10.0.0.0/8.", ADDRESSES),
  row("fd.cnet", "IPNET", of(clientAddress), "The network of the client's address.", networkOf("fd.cip")),
  row("fd.snet", "IPNET", of(serverAddress), "The network of the server's address.", networkOf("fd.sip")),
  row("fd.lnet", "IPNET", localAddress, "The network of the local address.", {
    ...networkOf("fd.lip"),
  }),
  row("fd.rnet", "IPNET", remoteAddress, "The network of the remote address.", networkOf("fd.rip")),
  row("fd.connected", "BOOL", of(isConnected), "True if the socket is connected."),
  row(
    "fd.name_changed",
    "BOOL",
    (event) => (descriptorOf(event) === undefined ? undefined : event.fdNameChanged),
    "True if the event changed the name of the descriptor, such as a new connection.",
  ),
  nameOf(
    "fd.cip.name",
    of(clientAddress),
    "A name of the client's address, from the DNS answers that processes in the same container (or on the host) " +
      "received; for names that rules compare with =, != or in, also from the machine's resolver. Absent until the " +
      "name is known. A process that chooses its DNS server chooses the names: use this field to find connections, " +
      "not to exclude connections.",
  ),
  nameOf("fd.sip.name", of(serverAddress), "A name of the server's address; see fd.cip.name."),
  nameOf("fd.lip.name", localAddress, "A name of the local address; see fd.cip.name."),
  nameOf("fd.rip.name", remoteAddress, "A name of the remote address; see fd.cip.name."),
  row(
    "fd.dev",
    "INT32",
    of((fd) => fd.dev | 0),
    "The device of the file, major and minor combined.",
    DEVICE,
  ),
  row(
    "fd.dev.major",
    "INT32",
    of((fd) => (fd.dev & 0xfff00) >> 8),
    "The major number of the file's device.",
  ),
  row(
    "fd.dev.minor",
    "INT32",
    of((fd) => (fd.dev & 0xff) | ((fd.dev >>> 12) & 0xfff00)),
    "The minor number of the file's device.",
  ),
  row(
    "fd.ino",
    "INT64",
    of((fd) => fd.ino),
    "The file's inode number.",
    { about: "file", as: "id" },
  ),
  row("fd.nameraw", "CHARBUF", rawFileName, "The path as passed by the program, not normalized."),
  rowWith(
    "fd.types",
    "CHARBUF",
    kindsOf,
    "The distinct kinds of all descriptors of the process; fd.types[0] is the kind of descriptor 0.",
    { list: true, noRight: true, argument: { required: false, index: false, key: false } },
  ),
  row(
    "fd.is_upper_layer",
    "BOOL",
    ofFile(DescriptorFlag.overlayUpper),
    "True for a file of an overlay's upper, writable layer.",
  ),
  row("fd.is_lower_layer", "BOOL", ofFile(DescriptorFlag.overlayLower), "True for a file of an overlay's lower layer."),
];
