import { bytesOf, toByteString } from "../../event/bytes.ts";
import { AT_FDCWD, IpProtocol, SocketType } from "../../event/constants.ts";
import { errnoName } from "../../event/errno.ts";
import { type FlagTable, type Param, ParamKind } from "../../event/schema.ts";
import { signalName } from "../../event/signal.ts";
import type { ParamValue } from "../../event/write.ts";
import { type Reading, unknown } from "../reading.ts";
import { dnsData } from "./dns-data.ts";
import { duration } from "./duration.ts";
import { connection, endpoint, sockaddr, socktuple } from "./endpoint.ts";
import { directory, openDescriptor } from "./open-fd.ts";
import type { Processes, ScriptedProcess } from "./processes.ts";

/** Context of the call that a parameter belongs to. */
export interface CallContext {
  readonly processes: Processes;
  readonly process: ScriptedProcess;
  /** Name of the event in errors, such as `openat`. */
  readonly event: string;
}

/** Converts a value of a test to a parameter. */
export function parameter(param: Param, reading: Reading, calling: CallContext): ParamValue {
  const what = `"${param.name}" of ${calling.event}`;
  if (reading.isNull) return null;
  if (param.flags !== undefined) return flags(param, param.flags, reading, what);
  const { name, kind } = param;
  if (isUser(param)) return calling.processes.accounts.user(reading, what).uid;
  if (isGroup(param)) return calling.processes.accounts.group(reading, what);
  switch (kind) {
    case ParamKind.CHARBUF:
    case ParamKind.FSPATH:
    case ParamKind.FSRELPATH:
      return toByteString(reading.text(what));
    case ParamKind.BYTEBUF:
      if (reading.isMapping) return dnsData(reading, what);
      return bytesOf(toByteString(reading.text(what)));
    case ParamKind.ERRNO:
      return result(reading, what);
    case ParamKind.FD:
    case ParamKind.FD32:
      return descriptor(param, reading, calling, what);
    case ParamKind.PID:
    case ParamKind.PID32:
      return reading.number ?? calling.processes.process(reading).pid;
    case ParamKind.SOCKADDR:
      return sockaddr(endpoint(reading, what));
    case ParamKind.SOCKTUPLE: {
      const { from, to } = connection(reading, what);
      return socktuple(from, to);
    }
    case ParamKind.SIGTYPE:
      return named(reading, signalName, "signal", what);
    case ParamKind.RELTIME:
      return reading.number ?? duration(reading, what);
    case ParamKind.BOOL:
      return reading.boolean(what) ? 1 : 0;
    case ParamKind.DYN:
      return dynamic(param, reading, what);
    case ParamKind.DOUBLE:
      return Number(reading.text(what));
    default:
      if (name === "type" && calling.event.startsWith("socket"))
        return table(reading, SOCKET_TYPES, "socket type", what);
      if (name === "proto" && calling.event.startsWith("socket")) return table(reading, PROTOCOLS, "protocol", what);
      return whole(reading, what);
  }
}

/** Reads the return value of a call: a number, or the name of an error. */
export function result(reading: Reading, what: string): number | bigint {
  const { number } = reading;
  if (number !== undefined) return number;
  const at = errnoName.indexOf(reading.text(what));
  const names = errnoName.filter((name) => name !== undefined);
  if (at < 0) throw unknown(reading.text(what), names, "error name or number", reading.place);
  return -at;
}

/** Returns the default value of a parameter. */
export function defaultValue(param: Param): ParamValue {
  if (isUser(param) || isGroup(param)) return -1;
  switch (param.kind) {
    case ParamKind.CHARBUF:
    case ParamKind.FSPATH:
    case ParamKind.FSRELPATH:
      return "";
    case ParamKind.FD:
      return isDirectory(param) ? AT_FDCWD : -1;
    case ParamKind.DYN:
      return new Uint8Array(9);
    case ParamKind.BYTEBUF:
    case ParamKind.SOCKADDR:
    case ParamKind.SOCKTUPLE:
    case ParamKind.FDLIST:
    case ParamKind.CHARBUFARRAY:
    case ParamKind.CHARBUF_PAIR_ARRAY:
    case ParamKind.IPV4ADDR:
    case ParamKind.IPV6ADDR:
      return null;
    default:
      return 0;
  }
}

const SOCKET_TYPES: ReadonlyMap<string, number> = new Map(
  Object.entries(SocketType).map(([name, value]) => [`SOCK_${name}`, value]),
);
const PROTOCOLS: ReadonlyMap<string, number> = new Map(
  Object.entries(IpProtocol).map(([name, value]) => [name.toLowerCase(), value]),
);

function table(reading: Reading, names: ReadonlyMap<string, number>, kind: string, what: string): ParamValue {
  const { number } = reading;
  if (number !== undefined) return number;
  const value = names.get(reading.text(what));
  if (value === undefined) throw unknown(reading.text(what), names.keys(), kind, reading.place);
  return value;
}

function named(reading: Reading, names: readonly string[], kind: string, what: string): ParamValue {
  const { number } = reading;
  if (number !== undefined) return number;
  const at = names.indexOf(reading.text(what));
  if (at < 0) throw unknown(reading.text(what), names, kind, reading.place);
  return at;
}

function whole(reading: Reading, what: string): bigint {
  const { number } = reading;
  if (number === undefined) throw reading.fault(`${what} must be an integer.`);
  return number;
}

/** Reads flags: a name, a list, names joined by `|`, or a number, which is octal for modes. */
function flags(param: Param, known: FlagTable, reading: Reading, what: string): ParamValue {
  if (param.kind === ParamKind.MODE && reading.isScalar && /^0?[0-7]{3,4}$/.test(reading.text(what))) {
    return Number.parseInt(reading.text(what), 8);
  }
  let bits = 0n;
  for (const item of reading.items()) {
    const { number } = item;
    if (number !== undefined) bits |= number;
    else {
      for (const word of item.text(what).split("|")) {
        const name = word.trim();
        const row = known.find(([flag]) => flag === name);
        if (row === undefined)
          throw unknown(
            name,
            known.map(([flag]) => flag),
            `value of ${what}`,
            item.place,
          );
        bits |= BigInt(row[1]);
      }
    }
  }
  return bits;
}

/**
 * Reads a descriptor: a number, `AT_FDCWD`, or a description, whose object is opened. The description of a directory is
 * its path.
 */
function descriptor(param: Param, reading: Reading, { process }: CallContext, what: string): ParamValue {
  const { number } = reading;
  if (number !== undefined) return number;
  if (reading.isScalar && reading.text(what) === "AT_FDCWD") return AT_FDCWD;
  if (isDirectory(param)) return process.open((fd) => directory(fd, reading.text(what)));
  return process.open((fd) => openDescriptor(reading, fd));
}

export function isDirectory({ name }: Param): boolean {
  return /dir(fd)?$/.test(name);
}

function isUser({ kind, name }: Param): boolean {
  return kind === ParamKind.UID || (kind === ParamKind.UINT32 && /^[re]?uid$/.test(name));
}

function isGroup({ kind, name }: Param): boolean {
  return kind === ParamKind.GID || (kind === ParamKind.UINT32 && /^[re]?gid$/.test(name));
}

/** Reads a value of a variant type, with the first variant that fits a number or a string. */
function dynamic({ variants = [], name }: Param, reading: Reading, what: string): Uint8Array {
  const { number } = reading;
  const wanted = number === undefined ? ["CHARBUF"] : ["UINT64", "INT64", "UINT32"];
  const at = variants.findIndex(({ type }) => wanted.includes(type));
  if (at < 0) throw reading.fault(`${what} must be a number.`);
  if (number === undefined) return Uint8Array.from([at, ...bytesOf(toByteString(reading.text(name))), 0]);
  const bytes = new Uint8Array(9);
  bytes[0] = at;
  new DataView(bytes.buffer).setBigUint64(1, BigInt.asUintN(64, number), true);
  return bytes;
}
