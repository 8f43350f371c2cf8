import { addressText, isMappedIpv4 } from "../event/address.ts";
import { cleanBytes } from "../event/clean.ts";
import { AddressFamily, AT_FDCWD, NO_ID } from "../event/constants.ts";
import { errnoName } from "../event/errno.ts";
import { genericParam } from "../event/generic.ts";
import { fixedSize } from "../event/kinds.ts";
import { type FlagTable, type Param, ParamKind } from "../event/schema.ts";
import { signalName } from "../event/signal.ts";
import { syscallName } from "../event/syscalls.ts";
import { eventTypes } from "../event/types.ts";
import type { Descriptor } from "../machine/descriptor.ts";
import { protocol } from "../machine/descriptor.ts";
import type { Observed } from "../machine/observed.ts";
import { joinPath } from "../machine/path.ts";
import { fdTable, workingDirectory } from "../machine/thread.ts";
import { groupOf, userOf } from "./account.ts";
import type { Printing } from "./field.ts";
import { kindLetter, transportLetter } from "./kind.ts";
import { base64, dots } from "./print.ts";
import { clockText } from "./time.ts";

/**
 * Text of event parameters. Each parameter has a text form (`3`) and may have a meaning (`<f>/etc/passwd`, `ENOENT`).
 * Both are byte strings.
 */

/** The result of the last {@link renderParameter}. The object is reused, so copy its values. */
export const rendered = { text: "", meaning: "" };

/** Text of a missing parameter of a text type. */
const ABSENT = "<NA>";

/** Whether the type is a text type, for which missing values have the text `<NA>`. */
function isText(kind: number): boolean {
  return kind === ParamKind.CHARBUF || kind === ParamKind.FSPATH || kind === ParamKind.FSRELPATH;
}

/** The value of a text parameter; `<NA>` if it is missing. */
export function textOf(event: Observed, i: number): string {
  if (event.length(i) === 0) return ABSENT;
  const text = event.text(i);
  return text === "(NULL)" ? ABSENT : text;
}

/** Types whose missing values have the text `NULL`. Other types have `<NA>`. */
const NULL_KINDS: ReadonlySet<number> = new Set([
  ParamKind.BYTEBUF,
  ParamKind.SOCKTUPLE,
  ParamKind.FDLIST,
  ParamKind.CHARBUFARRAY,
  ParamKind.CHARBUF_PAIR_ARRAY,
  ParamKind.DYN,
]);

/** Parameter `i` of an event: a parameter of its type, or an Eyas-specific parameter of a generic event. */
export function parameterOf(event: Observed, i: number): Param {
  return eventTypes[event.type]!.params[i] ?? genericParam(event.u16(0), i);
}

/**
 * Renders parameter `i` into {@link rendered}. The parameter must exist in the event and must be known for its type.
 */
export function renderParameter(event: Observed, i: number, printing: Printing): void {
  let param = parameterOf(event, i);
  rendered.meaning = "";
  const length = event.length(i);
  if (length === 0 && !isText(param.kind)) {
    rendered.text = NULL_KINDS.has(param.kind) ? "NULL" : ABSENT;
    return;
  }
  let skip = 0;
  const { format } = param;
  if (param.kind === ParamKind.DYN) {
    const variant = param.variants?.[event.u8(i)];
    if (variant === undefined) {
      rendered.text = "INVALID DYNAMIC PARAMETER";
      return;
    }
    param = variant;
    skip = 1;
  }
  if (length - skip < (MIN_SIZE[param.kind] ?? fixedSize[param.kind]!)) {
    rendered.text = ABSENT; // shorter than its type, so the event is damaged
    return;
  }
  rendered.text =
    renderers[param.kind]?.(event, i, event.offset(i) + skip, length - skip, param, format, printing) ?? "(n.a.)";
}

/** Renders a parameter, given its index and the offset of its bytes. Returns the text and may set the meaning. */
type Renderer = (
  event: Observed,
  i: number,
  at: number,
  length: number,
  param: Param,
  format: Param["format"],
  printing: Printing,
) => string;

/** Minimum size of types with varying size. */
const MIN_SIZE: Readonly<Record<number, number>> = {
  [ParamKind.SOCKADDR]: 1,
  [ParamKind.SOCKTUPLE]: 1,
  [ParamKind.FDLIST]: 2,
};

/**
 * In decimal form, unsigned 32-bit and 64-bit numbers are printed as signed ones. In hexadecimal and octal form,
 * negative numbers are printed in two's complement.
 */
function integer(value: number, format: Param["format"]): string {
  if (format === "hex") return (value >>> 0).toString(16).toUpperCase();
  if (format === "oct") return value === 0 ? "0" : `0${(value >>> 0).toString(8)}`;
  return String(value);
}

function integer64(event: Observed, at: number, format: Param["format"]): string {
  if (format === "hex") return event.view.getBigUint64(at, true).toString(16).toUpperCase();
  if (format === "oct") {
    const value = event.view.getBigUint64(at, true);
    return value === 0n ? "0" : `0${value.toString(8)}`;
  }
  return event.view.getBigInt64(at, true).toString();
}

const renderers: Partial<Record<number, Renderer>> = {
  [ParamKind.INT8]: (e, _i, at, _n, _p, format) => integer(e.view.getInt8(at), format),
  [ParamKind.INT16]: (e, _i, at, _n, _p, format) => integer(e.view.getInt16(at, true), format),
  [ParamKind.INT32]: (e, _i, at, _n, _p, format) => integer(e.view.getInt32(at, true), format),
  [ParamKind.UINT8]: (e, _i, at, _n, _p, format) => integer(e.view.getUint8(at), format),
  [ParamKind.UINT16]: (e, _i, at, _n, _p, format) => integer(e.view.getUint16(at, true), format),
  [ParamKind.UINT32]: (e, _i, at, _n, _p, format) => integer(e.view.getInt32(at, true), format),
  [ParamKind.INT64]: (e, _i, at, _n, _p, format) => integer64(e, at, format),
  [ParamKind.UINT64]: (e, _i, at, _n, _p, format) => integer64(e, at, format),
  [ParamKind.ERRNO]: errno,
  [ParamKind.FD]: descriptor,
  [ParamKind.PID]: process,
  [ParamKind.CHARBUF]: (e, i) => textOf(e, i),
  [ParamKind.FSPATH]: path,
  [ParamKind.FSRELPATH]: path,
  [ParamKind.BYTEBUF]: (e, i, at, length, _p, _f, printing) => buffer(e, i, at, length, printing),
  [ParamKind.SOCKADDR]: socketAddress,
  [ParamKind.SOCKTUPLE]: socketTuple,
  [ParamKind.FDLIST]: descriptorList,
  [ParamKind.SYSCALLID]: (e, _i, at) => {
    const id = e.view.getUint16(at, true);
    rendered.meaning = syscallName[id] ?? "";
    return String(id);
  },
  [ParamKind.SIGTYPE]: (e, _i, at) => {
    const signal = e.view.getUint8(at);
    rendered.meaning = signalName[signal] ?? "";
    return String(signal);
  },
  [ParamKind.RELTIME]: duration,
  [ParamKind.ABSTIME]: (e, _i, at) => clockText(e.view.getBigUint64(at, true), true, true),
  [ParamKind.FLAGS8]: (e, _i, at, _n, param) => flags(e.view.getUint8(at), param),
  [ParamKind.FLAGS16]: (e, _i, at, _n, param) => flags(e.view.getUint16(at, true), param),
  [ParamKind.FLAGS32]: (e, _i, at, _n, param) => flags(e.view.getUint32(at, true), param),
  [ParamKind.ENUMFLAGS8]: (e, _i, at, _n, param) => choice(e.view.getUint8(at), param),
  [ParamKind.ENUMFLAGS16]: (e, _i, at, _n, param) => choice(e.view.getUint16(at, true), param),
  [ParamKind.ENUMFLAGS32]: (e, _i, at, _n, param) => choice(e.view.getUint32(at, true), param),
  [ParamKind.MODE]: mode,
  [ParamKind.UID]: user,
  [ParamKind.GID]: group,
  [ParamKind.SIGSET]: signals,
};

function number64(event: Observed, at: number): number {
  return event.view.getUint32(at, true) + event.view.getInt32(at + 4, true) * 2 ** 32;
}

function errno(event: Observed, _i: number, at: number): string {
  const value = number64(event, at);
  if (value < 0) rendered.meaning = errnoName[-value] ?? "";
  return String(value);
}

/** A descriptor of the thread that caused the event. */
function held(event: Observed, fd: number): Descriptor | undefined {
  return event.thread === undefined || fd < 0 ? undefined : fdTable(event.thread)?.get(fd);
}

function descriptor(event: Observed, _i: number, at: number): string {
  const fd = number64(event, at);
  if (event.thread !== undefined) {
    if (fd >= 0) {
      const known = held(event, fd);
      if (known !== undefined) {
        const letters = kindLetter(known) + transportLetter[protocol(known)];
        rendered.meaning = `<${letters}>${cleanBytes(known.name)}`;
      }
    } else {
      rendered.meaning = fd === AT_FDCWD ? "AT_FDCWD" : (errnoName[-fd] ?? "");
    }
  }
  return String(fd);
}

function process(event: Observed, _i: number, at: number): string {
  const pid = number64(event, at);
  rendered.meaning = event.machine.threads.get(pid)?.comm ?? "";
  return String(pid);
}

function path(event: Observed, i: number, _at: number, _length: number, param: Param): string {
  const name = textOf(event, i);
  if (event.thread !== undefined && name !== ABSENT && name !== "" && !name.startsWith("/")) {
    rendered.meaning = joinPath(baseDirectory(event, param), name);
  }
  return cleanBytes(name);
}

/** The base directory of a relative path in the event, with a trailing slash. */
function baseDirectory(event: Observed, param: Param): string {
  const { thread } = event;
  if (thread === undefined) return "";
  const { dirfd } = param;
  if (dirfd !== undefined && dirfd < event.count && event.length(dirfd) === 8) {
    const fd = event.i64(dirfd);
    if (fd !== AT_FDCWD) {
      const name = held(event, fd)?.name ?? "";
      return name === "" || name.endsWith("/") ? cleanBytes(name) : `${cleanBytes(name)}/`;
    }
  }
  return workingDirectory(thread);
}

function buffer(event: Observed, i: number, at: number, length: number, printing: Printing): string {
  const bytes = event.raw(i).slice(at - event.offset(i));
  return length === 0 ? "" : printing.base64Buffers ? base64(bytes) : dots(bytes);
}

function socketAddress(event: Observed, i: number, at: number, length: number): string {
  const family = event.u8(i);
  const bytes = event.raw(i);
  switch (family) {
    case AddressFamily.UNIX:
      return cleanBytes(untilNul(bytes, 1));
    case AddressFamily.INET:
      if (length !== 7) return "INVALID IPv4";
      return `${addressText(bytes.slice(1, 5))}:${event.view.getUint16(at + 5, true)}`;
    case AddressFamily.INET6:
      if (length !== 19) return "INVALID IPv6";
      return `${addressText(bytes.slice(1, 17))}:${event.view.getUint16(at + 17, true)}`;
    default:
      return `family ${family}`;
  }
}

function socketTuple(event: Observed, i: number, at: number, length: number): string {
  const family = event.u8(i);
  const bytes = event.raw(i);
  switch (family) {
    case AddressFamily.UNIX: {
      if (length < 17) return "INVALID UNIX";
      const source = event.view.getBigUint64(at + 1, true).toString(16);
      const destination = event.view.getBigUint64(at + 9, true).toString(16);
      return `${source}->${destination} ${cleanBytes(untilNul(bytes, 17))}`;
    }
    case AddressFamily.INET:
      if (length !== 13) return "INVALID IPv4";
      return connection(event, bytes.slice(1, 5), at + 5, bytes.slice(7, 11), at + 11);
    case AddressFamily.INET6: {
      if (length !== 37) return "INVALID IPv6";
      let source = bytes.slice(1, 17);
      let destination = bytes.slice(19, 35);
      if (isMappedIpv4(source) && isMappedIpv4(destination)) {
        source = source.slice(12);
        destination = destination.slice(12);
      }
      return connection(event, source, at + 17, destination, at + 35);
    }
    default:
      return `family ${family}`;
  }
}

function connection(event: Observed, source: string, sport: number, destination: string, dport: number): string {
  const from = `${addressText(source)}:${event.view.getUint16(sport, true)}`;
  return `${from}->${addressText(destination)}:${event.view.getUint16(dport, true)}`;
}

function untilNul(bytes: string, from: number): string {
  const end = bytes.indexOf("\0", from);
  return bytes.slice(from, end < 0 ? bytes.length : end);
}

/** Size of an entry in a descriptor list: the descriptor number and two bytes of poll events. */
const POLL_ENTRY = 10;

/** Renders a descriptor list as `3:f1 4:p1`: number, kind and requested events of each descriptor. */
function descriptorList(event: Observed, _i: number, at: number, length: number): string {
  const { thread } = event;
  if (thread === undefined) return "";
  const count = Math.min(event.view.getUint16(at, true), Math.floor((length - 2) / POLL_ENTRY));
  const entries: string[] = [];
  for (let entry = 0; entry < count; entry++) {
    const from = at + 2 + entry * POLL_ENTRY;
    const fd = number64(event, from);
    const known = held(event, fd);
    const awaited = (event.view.getInt16(from + 8, true) >>> 0).toString(16);
    entries.push(`${event.view.getBigUint64(from, true)}:${known === undefined ? "?" : kindLetter(known)}${awaited}`);
  }
  return entries.join(" ");
}

function duration(event: Observed, _i: number, at: number): string {
  const time = event.view.getBigUint64(at, true);
  if (time === 0xffffffffffffffffn) return "none";
  rendered.meaning = `${shortDecimal(Number(time) / 1e9)}s`;
  return time.toString();
}

/**
 * Formats a number with six significant digits, without trailing zeros, and with an exponent if it is small or large.
 */
function shortDecimal(value: number): string {
  if (value === 0) return "0";
  const [digits = "", exponent] = value.toExponential(5).split("e");
  const power = Number(exponent);
  const bare = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power >= -4 && power < 6) return bare(value.toFixed(5 - power));
  return `${bare(digits)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Cached names of parameter values. Most parameters have few different values. */
const meanings = new WeakMap<Param, Map<number, string>>();
const MAX_MEANINGS = 1024;

function meaningOf(value: number, param: Param, name: (value: number, names: FlagTable) => string): string {
  let known = meanings.get(param);
  if (known === undefined) {
    known = new Map();
    meanings.set(param, known);
  }
  let meaning = known.get(value);
  if (meaning === undefined) {
    meaning = name(value, param.flags ?? NO_NAMES);
    if (known.size >= MAX_MEANINGS) known.clear();
    known.set(value, meaning);
  }
  return meaning;
}

const NO_NAMES: FlagTable = [];

function flags(value: number, param: Param): string {
  rendered.meaning = meaningOf(value, param, flagNames);
  return String(value);
}

/** The names of all set flags. Combinations precede single flags, as in the table. */
function flagNames(value: number, names: FlagTable): string {
  let rest = value;
  const found: string[] = [];
  for (const [name, flag] of names) {
    if (flag === 0 ? value !== 0 : rest === 0 || (rest & flag) >>> 0 !== flag) continue;
    found.push(name);
    rest = (rest & ~flag) >>> 0;
    if (flag === value) break;
  }
  return found.join("|");
}

function choice(value: number, param: Param): string {
  rendered.meaning = meaningOf(value, param, choiceNames);
  return String(value);
}

/** All names of a value. */
function choiceNames(value: number, names: FlagTable): string {
  return names
    .filter(([, number]) => number === value)
    .map(([name]) => name)
    .join("|");
}

function mode(event: Observed, _i: number, at: number, _length: number, param: Param, format: Param["format"]): string {
  const value = event.view.getUint32(at, true);
  rendered.meaning = meaningOf(value, param, modeNames);
  return integer(value | 0, format);
}

/** The names of the permissions that are set. */
function modeNames(value: number, names: FlagTable): string {
  let rest = value;
  const found: string[] = [];
  for (const [name, flag] of names) {
    const whole = flag === value;
    if (!whole && (flag === 0 || rest === 0 || (rest & flag) >>> 0 !== flag)) continue;
    found.push(name);
    if (whole) break;
    rest = (rest & ~flag) >>> 0;
  }
  return found.join("|");
}

function user(event: Observed, _i: number, at: number): string {
  const uid = event.view.getUint32(at, true);
  if (uid === NO_ID) {
    rendered.meaning = "<NONE>";
    return "-1";
  }
  const name = event.thread === undefined ? "" : (userOf(event.machine, event.thread, uid)?.name ?? "");
  rendered.meaning = name === "" ? ABSENT : cleanBytes(name);
  return String(uid | 0);
}

function group(event: Observed, _i: number, at: number): string {
  const gid = event.view.getUint32(at, true);
  if (gid === NO_ID) {
    rendered.meaning = "<NONE>";
    return "-1";
  }
  const name = event.thread === undefined ? "" : (groupOf(event.machine, event.thread, gid)?.name ?? "");
  rendered.meaning = name === "" ? ABSENT : cleanBytes(name);
  return String(gid | 0);
}

/** The names of the signals in a set. Bit 0 is signal 1. */
function signals(event: Observed, _i: number, at: number): string {
  const set = event.view.getUint32(at, true);
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const name = signalName[bit + 1] ?? "";
    if ((set & (1 << bit)) !== 0 && name !== "") names.push(name);
  }
  return names.join(" ");
}
