import { EventCode } from "../event/code.ts";
import { Mode, OpenFlag } from "../event/constants.ts";
import { CATEGORY_MASK, Category, EventFlag, Origin } from "../event/schema.ts";
import { FdKind } from "../event/snapshot.ts";
import { nativeX64, syscallName } from "../event/syscalls.ts";
import { codesByName, eventCategory, eventFlags, eventTypes } from "../event/types.ts";
import { isFile, isInet } from "../machine/descriptor.ts";
import type { Observed } from "../machine/observed.ts";
import { type Field, FieldArgumentError, type Reader, type Shown } from "./field.ts";
import { textOf } from "./parameter.ts";
import { resultName, resultOf } from "./result.ts";
import type { Roles } from "./role.ts";
import { REQUIRED, row, rowWith, wholeNumber } from "./row.ts";
import { clockText, isoText } from "./time.ts";

const SECOND = 1_000_000_000n;
/** Index that represents a missing parameter. */
const NOWHERE = -1;

/** Name of the event: the name of its system call or of the event type. */
export function eventName(event: Observed): string {
  if (event.type === EventCode.GENERIC_X) return syscallName[genericCall(event)] ?? "";
  if (event.type === EventCode.ASYNCEVENT_E) return textOf(event, 1);
  return eventTypes[event.type]!.name;
}

/** System call of a generic event. Old captures may have only its native number. */
function genericCall(event: Observed): number {
  const id = event.length(0) === 2 ? event.u16(0) : 0;
  if (id !== 0 || event.length(1) !== 2) return id;
  return nativeX64[event.u16(1)] ?? 0;
}

const FROM_SYSCALL = Origin.syscall;

function callName(event: Observed): string | undefined {
  return (eventCategory[event.type]! & FROM_SYSCALL) !== 0 ? eventName(event) : undefined;
}

const CATEGORY_NAMES: Readonly<Record<number, string>> = {
  [Category.unknown]: "unknown",
  [Category.other]: "other",
  [Category.file]: "file",
  [Category.net]: "net",
  [Category.ipc]: "IPC",
  [Category.memory]: "memory",
  [Category.process]: "process",
  [Category.sleep]: "sleep",
  [Category.system]: "system",
  [Category.signal]: "signal",
  [Category.user]: "user",
  [Category.time]: "time",
  [Category.processing]: "processing",
  [Category.wait]: "wait",
  [Category.scheduler]: "scheduler",
  [Category.internal]: "internal",
};

/** Category of an event. Calls that read or write have the category of their descriptor. */
function categoryName(event: Observed): string {
  const category = eventCategory[event.type]! & CATEGORY_MASK;
  if ((category & Category.io_read) === 0) return CATEGORY_NAMES[category] ?? "unknown";
  switch (event.fd?.kind) {
    case FdKind.file:
    case FdKind.fileV2:
    case FdKind.directory:
      return "file";
    case FdKind.ipv4:
    case FdKind.ipv6:
    case FdKind.ipv4Server:
    case FdKind.ipv6Server:
      return "net";
    case FdKind.fifo:
    case FdKind.unix:
    case FdKind.event:
    case FdKind.signal:
    case FdKind.inotify:
    case FdKind.userfault:
      return "ipc";
    default:
      return "unknown";
  }
}

function hasFlag(event: Observed, flag: number): boolean {
  return (eventFlags[event.type]! & flag) !== 0;
}

const category = (event: Observed) => eventCategory[event.type]! & CATEGORY_MASK;
const isIo = (event: Observed) => (category(event) & Category.io_read) !== 0;
const isRead = (event: Observed) => category(event) === Category.io_read;
const isWrite = (event: Observed) => category(event) === Category.io_write;
const always = () => true;
const onFile = (event: Observed) => event.fd !== undefined && isFile(event.fd);
const onNet = (event: Observed) => event.fd !== undefined && isInet(event.fd);

/** Returns a reader for the number of bytes that a call on a descriptor transferred. */
function moved(direction: (event: Observed) => boolean, on: (event: Observed) => boolean): Reader {
  return (event) => {
    if (event.fd === undefined || !direction(event) || !on(event)) return undefined;
    const result = resultOf(event);
    return result !== undefined && result >= 0 ? result : undefined;
  };
}

/** Calls that open files with flags, and the indices of their parameters for flags and mode. */
const OPENERS: readonly (readonly [code: number, flags: number, mode: number])[] = [
  [EventCode.OPEN_X, 2, 3],
  [EventCode.OPENAT_2_X, 3, 4],
  [EventCode.OPENAT2_X, 3, 4],
  [EventCode.OPEN_BY_HANDLE_AT_X, 2, NOWHERE],
];

/** Indices of the parameters for flags and mode, by event type; -1 if there are none. */
const flagsAt = new Int8Array(eventTypes.length).fill(NOWHERE);
const modeAt = new Int8Array(eventTypes.length).fill(NOWHERE);
for (const [code, flags, mode] of OPENERS) {
  flagsAt[code] = flags;
  modeAt[code] = mode;
}

const EXECUTABLE = Mode.IXUSR | Mode.IXGRP | Mode.IXOTH;

function openFlags(event: Observed): number {
  const i = flagsAt[event.type]!;
  return i < 0 || event.length(i) !== 4 ? 0 : event.u32(i);
}

function opensExecutable(event: Observed): boolean {
  if (event.type === EventCode.CREAT_X) return event.length(2) === 4 && (event.u32(2) & EXECUTABLE) !== 0;
  if ((openFlags(event) & (OpenFlag.TMPFILE | OpenFlag.CREAT)) === 0) return false;
  const mode = modeAt[event.type]!;
  return mode >= 0 && event.length(mode) === 4 && (event.u32(mode) & EXECUTABLE) !== 0;
}

function creates(event: Observed): boolean {
  const flags = openFlags(event);
  if ((flags & OpenFlag.F_CREATED) !== 0) return true;
  return (flags & OpenFlag.TMPFILE) !== 0 && (resultOf(event) ?? -1) >= 0;
}

function failed(event: Observed): boolean | undefined {
  const result = resultOf(event);
  return result === undefined ? undefined : result < 0;
}

function failures(event: Observed): number | undefined {
  const result = resultOf(event);
  return result === undefined ? undefined : result < 0 ? 1 : 0;
}

const OPENS: ReadonlySet<number> = new Set([...OPENERS.map(([code]) => code), EventCode.CREAT_X]);
const CONNECTS: ReadonlySet<number> = new Set([EventCode.ACCEPT_5_X, EventCode.ACCEPT4_6_X, EventCode.CONNECT_X]);

const isFileWork = ({ fd, type }: Observed) =>
  fd === undefined ? OPENS.has(type) : isFile(fd) || fd.kind === FdKind.directory;
const isNetWork = ({ fd, type }: Observed) =>
  fd === undefined ? CONNECTS.has(type) : isInet(fd) || fd.kind === FdKind.unix;
const isMemoryWork = (event: Observed) => category(event) === Category.memory;

function isOtherWork(event: Observed): boolean {
  if (isFileWork(event) || isNetWork(event)) return false;
  return event.fd !== undefined || !isMemoryWork(event);
}

/** Returns a reader that counts failed calls of one kind. */
function failuresOf(kind: (event: Observed) => boolean): Reader {
  return (event) => (kind(event) ? failures(event) : undefined);
}

/** A field for the time of the event: formatted in text, nanoseconds in JSON. */
function timeField(name: string, text: (time: bigint) => string, description: string, roles?: Roles): Field {
  const shown: Shown = { text: (event) => text(event.time), json: (event) => event.time.toString() };
  return row(name, "CHARBUF", (event) => text(event.time), description, { show: () => shown, ...roles });
}

/**
 * A field for a time or a duration, in nanoseconds or seconds. The text of `evt.reltime` and of nanoseconds within a
 * second is padded with zeros; JSON is not.
 */
function spanField(
  name: string,
  type: "ABSTIME" | "RELTIME",
  read: (event: Observed) => bigint,
  description: string,
  roles?: Roles,
): Field {
  const padded = name.endsWith(".ns") || name === "evt.reltime";
  const shown: Shown = {
    text: (event) => (padded ? read(event).toString().padStart(9, "0") : read(event).toString()),
    json: (event) => read(event).toString(),
  };
  const format = padded ? "padded10" : "dec";
  return row(name, type, read, description, { format, wide: true, show: () => shown, ...roles });
}

const sinceStart = (event: Observed) =>
  event.time - (event.document === undefined ? event.machine.firstTime : event.firstTime);

/** The time of the previous event is not stored. Falco prints 0, too. */
const sinceLast = () => 0n;

/** Description of fields about enter events, which a live sensor does not create. */
const NO_LATENCY = "Always 0: a call has an event only at its end.";

function typeIs(argument: string | undefined): Reader {
  if (argument === undefined)
    throw new FieldArgumentError("evt.type.is requires the name of an event, for example evt.type.is.open.");
  const number = wholeNumber(argument);
  if (number !== undefined) return (event) => (event.type === number ? 1 : 0);
  const first = codesByName.get(argument)?.[0];
  if (first === undefined) throw new FieldArgumentError(`Unknown event "${argument}".`);
  return (event) => (event.type === first || event.type === first + 1 ? 1 : 0);
}

const MILLISECOND = 1_000_000n;

/** `evt.around[T] = D` is true for events within D milliseconds of time T. */
const around: Field = rowWith(
  "evt.around",
  "UINT64",
  (argument) => {
    aroundTime(argument);
    return () => undefined;
  },
  "True for events near a time: evt.around[T]=D matches events at most D milliseconds before or after T, " +
    "which is in nanoseconds like evt.rawtime.",
  {
    argument: { required: true, index: false, key: false },
    shownAs: ["evt.rawtime"],
    filterOnly: true,
    noRight: true,
    noTransformer: true,
    test: (argument, operator, operands) => {
      if (operator !== "=") throw new FieldArgumentError('evt.around supports only "=".');
      const middle = aroundTime(argument);
      const delta = BigInt(Number(operands[0])) * MILLISECOND;
      return (event) => event.time - delta <= middle && middle <= event.time + delta;
    },
  },
);

function aroundTime(argument: string | undefined): bigint {
  if (argument === undefined || !/^[0-9]+$/.test(argument)) {
    throw new FieldArgumentError(
      "evt.around requires a time in nanoseconds, for example evt.around[1404996934793590564].",
    );
  }
  return BigInt(argument);
}

export const PLUGIN_NAME = "The Falco plugin that provides such events; empty for system calls.";
export const PLUGIN_INFO = "The document of the event, as JSON.";

/** System calls do not come from a plugin. */
const DOCUMENTS_ONLY = { fixed: "has no value for system calls, only for events of document sources" } as const;

/** Role of times, which differ in each alert. */
const ALWAYS = { changes: "always" } as const;

/** Fields of all events. */
export const generalFields: readonly Field[] = [
  row("evt.num", "UINT64", (event) => event.num, "The event's number, counted from 1.", { changes: "always" }),
  timeField("evt.time", (time) => clockText(time, false, true), "Local time of day, with nanoseconds.", ALWAYS),
  timeField("evt.time.s", (time) => clockText(time, false, false), "Local time of day, in whole seconds.", ALWAYS),
  timeField(
    "evt.time.iso8601",
    (time) => isoText(time, "+0000"),
    "Time in ISO 8601 form, UTC, with nanoseconds.",
    ALWAYS,
  ),
  timeField("evt.datetime", (time) => clockText(time, true, true), "Local date and time, with nanoseconds."),
  timeField("evt.datetime.s", (time) => clockText(time, true, false), "Local date and time, in whole seconds."),
  spanField("evt.rawtime", "ABSTIME", (event) => event.time, "Nanoseconds since the epoch.", ALWAYS),
  spanField("evt.rawtime.s", "ABSTIME", (event) => event.time / SECOND, "Whole seconds since the epoch.", ALWAYS),
  spanField(
    "evt.rawtime.ns",
    "ABSTIME",
    (event) => event.time % SECOND,
    "The nanoseconds of evt.rawtime within the second.",
    ALWAYS,
  ),
  spanField("evt.reltime", "RELTIME", sinceStart, "Nanoseconds since the first event."),
  spanField("evt.reltime.s", "RELTIME", (event) => sinceStart(event) / SECOND, "Whole seconds since the first event."),
  spanField(
    "evt.reltime.ns",
    "RELTIME",
    (event) => sinceStart(event) % SECOND,
    "The nanoseconds of evt.reltime within the second.",
  ),
  row("evt.pluginname", "CHARBUF", () => undefined, PLUGIN_NAME, DOCUMENTS_ONLY),
  row("evt.plugininfo", "CHARBUF", () => undefined, PLUGIN_INFO, DOCUMENTS_ONLY),
  row("evt.source", "CHARBUF", (event) => event.source, "The source that the event comes from."),
  row(
    "evt.is_async",
    "BOOL",
    (event) => (eventCategory[event.type]! & Origin.meta) !== 0,
    "True for asynchronous events, such as the start of a container, which are not system calls.",
    { needs: "container-events" },
  ),
  row(
    "evt.asynctype",
    "CHARBUF",
    (event) => ((eventCategory[event.type]! & Origin.meta) !== 0 ? eventName(event) : undefined),
    "The kind of an asynchronous event.",
    { needs: "container-events" },
  ),
  row("evt.hostname", "CHARBUF", (event) => event.machine.info?.hostname, "The name of the machine."),
];

const ALWAYS_0 = { fixed: "is always 0: the time of the previous event is not stored" } as const;
const NO_NOTES = { fixed: "is always 0: only old captures contain these events" } as const;
const ONE_EVENT = { deprecated: "it has no value: each call has a single event" } as const;

/** Fields of system call events. */
export const eventFields: readonly Field[] = [
  spanField("evt.latency", "RELTIME", sinceLast, NO_LATENCY, ONE_EVENT),
  spanField("evt.latency.s", "RELTIME", sinceLast, NO_LATENCY, ONE_EVENT),
  spanField("evt.latency.ns", "RELTIME", sinceLast, NO_LATENCY, ONE_EVENT),
  row("evt.latency.quantized", "UINT64", () => 0, NO_LATENCY, { hidden: true, ...ALWAYS_0 }),
  row("evt.latency.human", "CHARBUF", () => "0ns", NO_LATENCY, ONE_EVENT),
  row("evt.wait_latency", "RELTIME", () => 0n, NO_LATENCY, { wide: true, ...ONE_EVENT }),
  spanField("evt.deltatime", "RELTIME", sinceLast, "Always 0: the previous event is not stored.", ALWAYS_0),
  spanField("evt.deltatime.s", "RELTIME", sinceLast, "Always 0: see evt.deltatime.", ALWAYS_0),
  spanField("evt.deltatime.ns", "RELTIME", sinceLast, "Always 0: see evt.deltatime.", ALWAYS_0),
  row(
    "evt.dir",
    "CHARBUF",
    (event) => (eventTypes[event.type]!.enter ? ">" : "<"),
    "The direction of the event: always <, the end of a call.",
    { deprecated: "each call has a single event, so evt.dir is always <: remove it" },
  ),
  row("evt.type", "CHARBUF", eventName, "The name of the event, usually the name of the system call, such as open.", {
    selects: "event",
    ecs: { "event.action": "text" },
  }),
  rowWith("evt.type.is", "UINT32", typeIs, "1 for events of the type after the dot; otherwise 0.", {
    argument: { ...REQUIRED, dot: "only" },
    format: "none",
  }),
  row("syscall.type", "CHARBUF", callName, "The name of the system call; absent for other events.", {
    selects: "call",
  }),
  row(
    "evt.category",
    "CHARBUF",
    categoryName,
    "The category of the event: file, net, ipc, memory, process, time, and so on.",
  ),
  row("evt.cpu", "INT16", (event) => event.cpu, "The CPU on which the event occurred."),
  row("evt.rawres", "INT64", resultOf, "The result of the call as a number; errors are negative."),
  row("evt.res", "CHARBUF", resultName, "SUCCESS, or the name of the error, such as ENOENT.", { heavy: true }),
  row("evt.failed", "BOOL", failed, "True if the call returned an error."),
  row(
    "evt.is_io",
    "BOOL",
    (event) => hasFlag(event, EventFlag.readsFromFd | EventFlag.writesToFd),
    "True for calls that read from or write to a descriptor.",
  ),
  row("evt.is_io_read", "BOOL", (event) => hasFlag(event, EventFlag.readsFromFd), "True for calls that read."),
  row("evt.is_io_write", "BOOL", (event) => hasFlag(event, EventFlag.writesToFd), "True for calls that write."),
  row(
    "evt.io_dir",
    "CHARBUF",
    (event) =>
      hasFlag(event, EventFlag.writesToFd) ? "write" : hasFlag(event, EventFlag.readsFromFd) ? "read" : undefined,
    "The direction of the data: read or write.",
  ),
  row(
    "evt.is_wait",
    "BOOL",
    (event) => hasFlag(event, EventFlag.waits),
    "True for calls that make the thread wait, such as poll.",
  ),
  row(
    "evt.is_syslog",
    "BOOL",
    (event) => hasFlag(event, EventFlag.writesToFd) && (event.fd?.name.includes("/dev/log") ?? false),
    "True for writes to /dev/log.",
  ),
  row("evt.count", "UINT32", () => 1, "Always 1, for counting events."),
  row("evt.count.error", "UINT32", failures, "1 for calls that failed; otherwise 0."),
  row("evt.count.error.file", "UINT32", failuresOf(isFileWork), "Like evt.count.error, but only for calls on files."),
  row("evt.count.error.net", "UINT32", failuresOf(isNetWork), "Like evt.count.error, but only for calls on sockets."),
  row(
    "evt.count.error.memory",
    "UINT32",
    failuresOf(isMemoryWork),
    "Like evt.count.error, but only for calls on memory.",
  ),
  row("evt.count.error.other", "UINT32", failuresOf(isOtherWork), "Like evt.count.error, but for all other calls."),
  row(
    "evt.count.exit",
    "UINT32",
    (event) => (eventTypes[event.type]!.enter ? undefined : 1),
    "1 for events at the end of calls.",
  ),
  row("evt.count.procinfo", "UINT32", isProcessNote, "1 for process information events.", {
    hidden: true,
    ...NO_NOTES,
  }),
  row("evt.count.threadinfo", "UINT32", isThreadNote, "1 for thread information events.", {
    hidden: true,
    ...NO_NOTES,
  }),
  around,
  row("evt.buflen", "UINT64", moved(isIo, always), "Number of bytes read or written by a call on a descriptor."),
  row("evt.buflen.in", "UINT64", moved(isRead, always), "Bytes that a call on a descriptor read.", { hidden: true }),
  row("evt.buflen.out", "UINT64", moved(isWrite, always), "Bytes that a call on a descriptor wrote.", { hidden: true }),
  row("evt.buflen.file", "UINT64", moved(isIo, onFile), "Bytes that a call on a file read or wrote.", { hidden: true }),
  row("evt.buflen.file.in", "UINT64", moved(isRead, onFile), "Bytes that a call read from a file.", { hidden: true }),
  row("evt.buflen.file.out", "UINT64", moved(isWrite, onFile), "Bytes that a call wrote to a file.", { hidden: true }),
  row("evt.buflen.net", "UINT64", moved(isIo, onNet), "Bytes that a call on a socket read or wrote.", { hidden: true }),
  row("evt.buflen.net.in", "UINT64", moved(isRead, onNet), "Bytes that a call read from a socket.", { hidden: true }),
  row("evt.buflen.net.out", "UINT64", moved(isWrite, onNet), "Bytes that a call wrote to a socket.", { hidden: true }),
  row(
    "evt.is_open_read",
    "BOOL",
    (event) => (openFlags(event) & OpenFlag.RDONLY) !== 0,
    "True if a file is opened for reading.",
  ),
  row(
    "evt.is_open_write",
    "BOOL",
    (event) => (openFlags(event) & OpenFlag.WRONLY) !== 0,
    "True if a file is opened for writing.",
  ),
  row("evt.is_open_exec", "BOOL", opensExecutable, "True if an executable file is created."),
  row("evt.is_open_create", "BOOL", creates, "True if the call opened a file and created it."),
];

function isThreadNote(event: Observed): number {
  return event.type === EventCode.PROCINFO_E ? 1 : 0;
}

function isProcessNote(event: Observed): number {
  return event.type === EventCode.PROCINFO_E && event.thread?.tid === event.thread?.pid ? 1 : 0;
}
