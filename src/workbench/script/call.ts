import { EventCode } from "../../event/code.ts";
import { AddressFamily, AT_FDCWD, IpProtocol, OpenFlag, SocketType } from "../../event/constants.ts";
import { genericParamsOf } from "../../event/generic.ts";
import { ownParams } from "../../event/own.ts";
import { EventFlag, type EventType, type Param, ParamKind } from "../../event/schema.ts";
import { nativeX64, syscallId } from "../../event/syscalls.ts";
import type { ParamValue } from "../../event/write.ts";
import type { Location } from "../../rule/location.ts";
import { itemAt } from "../item-at.ts";
import { type Reading, TestFault, unknown } from "../reading.ts";
import { type Endpoint, endpoint, localEnd, sockaddr, socktuple } from "./endpoint.ts";
import { COMMON, FROM, isOpen, isResult, namesOf, PROTO, TO } from "./event-type.ts";
import type { ScriptedProcess } from "./processes.ts";
import type { Script } from "./script.ts";
import { type CallContext, defaultValue, isDirectory, parameter, result } from "./value.ts";

const EINPROGRESS = 115;

/**
 * Returns the parameters of a call in a test, in the order of the event type.
 * @throws TestFault
 */
export function parametersOf(
  script: Script,
  type: EventType,
  keys: ReadonlyMap<string, Reading>,
  calling: CallContext,
  whole: Reading,
  place: Location,
): ParamValue[] {
  const given = new Map<number, ParamValue>();
  if (type.code === EventCode.GENERIC_X) return generic(keys, calling, place);
  const { params } = type;
  const own = ownParams(type.code);
  const all = [...params, ...own];
  const names = namesOf(type);
  const ends: { to?: Endpoint; from?: Endpoint; proto?: Reading } = {};
  for (const [key, reading] of keys) {
    const at = names.get(key);
    if (at === undefined)
      throw unknown(key, [...names.keys(), ...COMMON], `parameter of ${calling.event}`, reading.place);
    else if (at === TO) ends.to = endpoint(reading, `"${key}" of ${calling.event}`);
    else if (at === FROM) ends.from = endpoint(reading, `"${key}" of ${calling.event}`);
    else if (at === PROTO) ends.proto = reading;
    else if (at === 0 && isResult(type)) given.set(0, result(reading, `"${key}" of ${calling.event}`));
    else given.set(at, parameter(itemAt(all, at), reading, calling));
  }
  addEnds(script, type, given, ends, calling, whole, place);
  const written = own.some((_, i) => given.has(params.length + i)) ? all : params;
  return written.map((param, i) => {
    const value = given.get(i);
    if (value !== undefined) return value;
    if (i === 0 && isResult(type)) return usualResult(type, given, calling.process);
    if (param.name === "size" || param.name === "length") return dataLength(type, given);
    if (param.kind === ParamKind.FD && i > 0) return usualFd(type, param, calling.process);
    if (param.name === "flags" && param.flagTable === "file_flags" && isOpen(type)) return OpenFlag.RDONLY;
    if (param.name === "ino") return 6000n + BigInt(script.events.length);
    return defaultValue(param);
  });
}

function usualFd(type: EventType, param: Param, process: ScriptedProcess): number {
  if (isDirectory(param) || param.name === "mountfd") return Number(defaultValue(param));
  if ((type.flags & EventFlag.createsFd) !== 0 && /^fd[12]$/.test(param.name)) return process.newFd();
  return process.lastFd ?? -1;
}

/** Adds the endpoints `to` and `from` of a connection, and a socket if the process has none. */
function addEnds(
  script: Script,
  type: EventType,
  given: Map<number, ParamValue>,
  ends: { readonly to?: Endpoint; readonly from?: Endpoint; readonly proto?: Reading },
  calling: CallContext,
  whole: Reading,
  place: Location,
): void {
  const { params } = type;
  const named = ends.to ?? ends.from;
  const addr = params.findIndex(({ kind }) => kind === ParamKind.SOCKADDR);
  const tuple = params.findIndex(({ kind }) => kind === ParamKind.SOCKTUPLE);
  if (named === undefined) return;
  if (ends.from !== undefined && ends.to !== undefined && ends.from.family !== ends.to.family) {
    throw whole.fault(`"from" and "to" of ${calling.event} must be addresses of the same family.`);
  }
  const isAccept = (type.flags & EventFlag.createsFd) !== 0;
  const incoming = isAccept || (type.flags & EventFlag.readsFromFd) !== 0;
  const to = ends.to ?? localEnd(named, incoming ? 80 : undefined);
  const from = ends.from ?? localEnd(named);
  if (addr >= 0 && !given.has(addr)) given.set(addr, sockaddr(to));
  const answer = Number(given.get(0) ?? 0);
  const fails = answer < 0 && answer !== -EINPROGRESS;
  if (tuple >= 0 && !given.has(tuple) && !fails) given.set(tuple, socktuple(from, to));
  const fd = params.findIndex(({ name, kind }) => name === "fd" && kind === ParamKind.FD);
  if (isAccept || fd < 0) return;
  const { process } = calling;
  const number = given.get(fd);
  const { socket: last } = process;
  const binds = addr >= 0;
  if (number === undefined && last?.family === to.family && !(binds && last.taken)) {
    given.set(fd, last.fd);
    process.socket = { ...last, taken: true };
    return;
  }
  if (number !== undefined && process.used.has(Number(number))) return;
  const socket = number === undefined ? process.newFd() : Number(number);
  process.used.add(socket);
  process.socket = { fd: socket, family: to.family, taken: true };
  process.lastFd = socket;
  given.set(fd, socket);
  const udp = ends.proto === undefined ? isDatagram(type) : protocolOf(ends.proto) === "udp";
  const unix = to.family === AddressFamily.UNIX;
  const transport = unix ? 0 : udp ? IpProtocol.UDP : IpProtocol.TCP;
  const values = [socket, to.family, udp ? SocketType.DGRAM : SocketType.STREAM, transport, 0];
  script.write(EventCode.SOCKET_X, process, values, "socket", place, true);
}

function isDatagram({ code }: EventType): boolean {
  return code !== EventCode.CONNECT_X && code !== EventCode.BIND_X;
}

function protocolOf(reading: Reading): string {
  const text = reading.text('"proto"');
  if (text !== "tcp" && text !== "udp") throw reading.fault(`"proto" must be tcp or udp.`);
  return text;
}

/** Returns the parameters of a call without an event type: its two IDs and, if known, its result and parameters. */
function generic(keys: ReadonlyMap<string, Reading>, calling: CallContext, place: Location): ParamValue[] {
  const id = syscallId.get(calling.event);
  if (id === undefined) throw new TestFault(`"${calling.event}" is not a valid system call.`, place);
  const values: ParamValue[] = [id, Math.max(0, nativeX64.indexOf(id))];
  const own = genericParamsOf(id);
  if (own.length > 1) {
    for (const [i, param] of own.entries()) {
      values.push(i === 0 ? 0 : param === undefined ? null : isDirectory(param) ? AT_FDCWD : defaultValue(param));
    }
  }
  for (const [key, reading] of keys) {
    const i = key === "result" ? 0 : own.findIndex((param) => param?.name === key);
    const param = own[i];
    if (param === undefined) {
      const names = own.flatMap((one) => one?.name ?? []);
      throw unknown(key, [...names, ...COMMON], `parameter of ${calling.event}`, reading.place);
    }
    const value = i === 0 ? result(reading, `"${key}" of ${calling.event}`) : parameter(param, reading, calling);
    values[2 + i] = value;
  }
  return values;
}

function usualResult(type: EventType, given: ReadonlyMap<number, ParamValue>, process: ScriptedProcess): ParamValue {
  const { params, flags, code } = type;
  if (code === EventCode.DUP2_X || code === EventCode.DUP3_X) return given.get(2) ?? process.newFd();
  if ((flags & EventFlag.createsFd) !== 0 && !params.some(({ name }) => name === "fd1")) return process.newFd();
  return dataLength(type, given);
}

function dataLength({ params }: EventType, given: ReadonlyMap<number, ParamValue>): number {
  const data = given.get(params.findIndex(({ kind }) => kind === ParamKind.BYTEBUF));
  return data instanceof Uint8Array ? data.length : 0;
}

/** Updates the process with the effects of a successful call. */
export function remember(
  process: ScriptedProcess,
  { code, flags, params }: EventType,
  values: readonly ParamValue[],
): void {
  const answer = Number(values[0] ?? 0);
  if (answer < 0) return;
  if ((flags & EventFlag.createsFd) !== 0) {
    const fd = params.some(({ name }) => name === "fd1") ? Number(values[1]) : answer;
    process.lastFd = fd;
    process.used.add(fd);
  }
  if (code === EventCode.SOCKET_X) process.socket = { fd: answer, family: Number(values[1]), taken: false };
  else if (code === EventCode.ACCEPT_5_X || code === EventCode.ACCEPT4_6_X) {
    const tuple = values[1];
    process.socket = { fd: answer, family: (tuple instanceof Uint8Array && tuple[0]) || 0, taken: true };
  }
  const { attributes } = process;
  const id = Number(values[EFFECTIVE.get(code) ?? 1]);
  if (USER_CALLS.includes(code)) process.attributes = { ...attributes, uid: id };
  else if (GROUP_CALLS.includes(code)) process.attributes = { ...attributes, gid: id };
  else if (code === EventCode.CHDIR_X) process.attributes = { ...attributes, cwd: String(values[1]) };
}

const EFFECTIVE: ReadonlyMap<number, number> = new Map([
  [EventCode.SETREUID_X, 2],
  [EventCode.SETRESUID_X, 2],
  [EventCode.SETREGID_X, 2],
  [EventCode.SETRESGID_X, 2],
]);
const USER_CALLS: readonly number[] = [EventCode.SETUID_X, EventCode.SETREUID_X, EventCode.SETRESUID_X];
const GROUP_CALLS: readonly number[] = [EventCode.SETGID_X, EventCode.SETREGID_X, EventCode.SETRESGID_X];
