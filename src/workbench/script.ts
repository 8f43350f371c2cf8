import { EventCode } from "../event/code.ts";
import { AddressFamily, IpProtocol, OpenFlag, SocketType } from "../event/constants.ts";
import { type Event, EventNote } from "../event/event.ts";
import { EventFlag, type EventType, ParamKind } from "../event/schema.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { nativeX64, syscallId } from "../event/syscalls.ts";
import { codesByName, eventTypes, isGeneric } from "../event/types.ts";
import { type ParamValue, writeEvent } from "../event/write.ts";
import type { Place } from "../rule/place.ts";
import type { Source } from "../source/source.ts";
import { type Actor, Cast } from "./cast.ts";
import { duration } from "./duration.ts";
import { type Endpoint, endpoint, localEnd, sockaddr, socktuple } from "./endpoint.ts";
import { exec } from "./exec.ts";
import { fork } from "./fork.ts";
import type { People } from "./people.ts";
import { type Reading, TestFault, unknown } from "./reading.ts";
import { type Calling, isDirectory, parameter, result, usual } from "./value.ts";

/** An event of a test, ready to be read. */
export interface Written {
  readonly bytes: Uint8Array;
  /** Made up so that the state is right; rules don't see it. */
  readonly hidden: boolean;
  /** What the test calls it. */
  readonly name: string;
  readonly place: Place;
}

/** Where the time of a test begins unless it says otherwise: 2026-01-05 12:00:00 UTC, a Monday. */
const BEGIN = 1_767_614_400_000_000_000n;
const STEP = 1_000_000n;

/** Writes down, as a machine would tell them, the events that a test speaks of. */
export class Script {
  readonly cast: Cast;
  readonly people: People;
  readonly events: Written[] = [];
  private time = BEGIN;
  private current: Actor | undefined = undefined;

  constructor(people: People, processes: ReadonlyMap<string, Reading>) {
    this.people = people;
    this.cast = new Cast(people, processes, () => this.time);
  }

  /** The time of the event at hand: nanoseconds since the epoch. */
  get now(): bigint {
    return this.time;
  }

  begin(time: bigint): void {
    this.time = time;
  }

  /** Who acts until another process is named. */
  actor(reading: Reading): void {
    this.current = this.cast.actor(reading);
  }

  /** Adds one entry of `events`. */
  step(reading: Reading): void {
    const entries = reading.entries("An event");
    const outer = new Map(entries.filter(({ key }) => COMMON.includes(key)).map(({ key, value }) => [key, value]));
    const calls = entries.filter(({ key }) => !outer.has(key) && key !== "wait");
    const wait = entries.find(({ key }) => key === "wait");
    if (wait !== undefined) this.time += duration(wait.value, '"wait"');
    if (calls.length === 0 && wait !== undefined && outer.size === 0) return;
    if (calls.length !== 1) {
      throw reading.fault("An event is one call by its name: openat: {path: /etc/shadow}.");
    }
    const [{ key: name, keyPlace, value }] = calls;
    const type = typeOf(name, keyPlace);
    const keys = value.isMapping || value.isNull ? value.keyed(name) : shorthand(name, type, value);
    for (const [key, common] of outer) keys.set(key, common);
    const after = keys.get("after");
    if (after !== undefined) this.time += duration(after, '"after"');
    this.time += STEP;
    this.call(name, type, keys, value.isNull ? reading : value, keyPlace);
  }

  private call(name: string, type: EventType, keys: Map<string, Reading>, whole: Reading, place: Place): void {
    const by = keys.get("by");
    for (const key of COMMON) if (key !== "as" && key !== "result") keys.delete(key);
    if (isExec(type)) {
      const actor = by === undefined ? undefined : this.cast.actor(by);
      this.current = exec(
        this,
        type,
        keys,
        actor ?? (keys.has("parent") || keys.has("ancestors") ? undefined : this.current),
        place,
      );
      return;
    }
    const actor = by === undefined ? (this.current ?? this.cast.anybody()) : this.cast.actor(by);
    this.current = actor;
    if (isFork(type)) {
      fork(this, type, keys, actor, place);
      return;
    }
    const calling: Calling = { cast: this.cast, actor, event: name };
    const values = this.values(type, keys, calling, whole, place);
    this.write(type.code, actor, values, name, place);
    remember(actor, type, values);
    if (type.code === EventCode.PROCEXIT_1_E) this.current = undefined;
  }

  /** Adds an event by its parameters. */
  write(code: number, actor: Actor, values: readonly ParamValue[], name: string, place: Place, hidden = false): void {
    let bytes: Uint8Array;
    try {
      bytes = writeEvent(code, actor.pid, this.time, values);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new TestFault(`This can't be an event: ${error.message}.`, place);
    }
    this.events.push({ bytes, hidden, name, place });
  }

  private values(
    type: EventType,
    keys: ReadonlyMap<string, Reading>,
    calling: Calling,
    whole: Reading,
    place: Place,
  ): ParamValue[] {
    const given = new Map<number, ParamValue>();
    const { params } = type;
    const names = namesOf(type);
    const ends: { to?: Endpoint; from?: Endpoint; proto?: Reading } = {};
    for (const [key, reading] of keys) {
      const at = names.get(key);
      if (at === undefined) {
        if (type.code !== EventCode.GENERIC_X)
          throw unknown(key, [...names.keys(), ...COMMON], `parameter of ${calling.event}`, reading.place);
      } else if (at === TO) ends.to = endpoint(reading, `"${key}" of ${calling.event}`);
      else if (at === FROM) ends.from = endpoint(reading, `"${key}" of ${calling.event}`);
      else if (at === PROTO) ends.proto = reading;
      else if (at === 0 && isResult(type)) given.set(0, result(reading, `"${key}" of ${calling.event}`));
      else given.set(at, parameter(params[at], reading, calling));
    }
    if (type.code === EventCode.GENERIC_X) return generic(calling.event, place);
    this.addEnds(type, given, ends, calling, whole, place);
    return params.map((param, i) => {
      const value = given.get(i);
      if (value !== undefined) return value;
      if (i === 0 && isResult(type)) return usualResult(type, given, calling.actor);
      if (param.name === "size" || param.name === "length") return dataLength(type, given);
      if (param.kind === ParamKind.FD && i > 0) return this.usualFd(type, i, calling.actor);
      if (param.name === "flags" && param.flagTable === "file_flags" && isOpen(type)) return OpenFlag.RDONLY;
      if (param.name === "ino") return 6000n + BigInt(this.events.length);
      return usual(param);
    });
  }

  private usualFd(type: EventType, i: number, actor: Actor): number {
    const param = type.params[i];
    if (isDirectory(param) || param.name === "mountfd") return Number(usual(param));
    if ((type.flags & EventFlag.createsFd) !== 0 && /^fd[12]$/.test(param.name)) return actor.newFd();
    return actor.lastFd ?? -1;
  }

  /** The ends of a connection that a test names by `to` and `from`, and the socket where there is none yet. */
  private addEnds(
    type: EventType,
    given: Map<number, ParamValue>,
    ends: { readonly to?: Endpoint; readonly from?: Endpoint; readonly proto?: Reading },
    calling: Calling,
    whole: Reading,
    place: Place,
  ): void {
    const { params } = type;
    const named = ends.to ?? ends.from;
    const addr = params.findIndex(({ kind }) => kind === ParamKind.SOCKADDR);
    const tuple = params.findIndex(({ kind }) => kind === ParamKind.SOCKTUPLE);
    if (named === undefined) return;
    if (ends.from !== undefined && ends.to !== undefined && ends.from.family !== ends.to.family) {
      throw whole.fault(`"from" and "to" of ${calling.event} are addresses of the same family.`);
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
    const { actor } = calling;
    const number = given.get(fd);
    const { socket: last } = actor;
    const binds = addr >= 0;
    if (number === undefined && last?.family === to.family && !(binds && last.taken)) {
      given.set(fd, last.fd);
      actor.socket = { ...last, taken: true };
      return;
    }
    if (number !== undefined && actor.used.has(Number(number))) return;
    const socket = number === undefined ? actor.newFd() : Number(number);
    actor.used.add(socket);
    actor.socket = { fd: socket, family: to.family, taken: true };
    actor.lastFd = socket;
    given.set(fd, socket);
    const udp = ends.proto === undefined ? isDatagram(type) : protocolOf(ends.proto) === "udp";
    const unix = to.family === AddressFamily.UNIX;
    const transport = unix ? 0 : udp ? IpProtocol.UDP : IpProtocol.TCP;
    const values = [socket, to.family, udp ? SocketType.DGRAM : SocketType.STREAM, transport, 0];
    this.write(EventCode.SOCKET_X, actor, values, "socket", place, true);
  }

  /** All of it as a source of events. */
  source(): Source & { readonly at: number } {
    const { events, cast, people } = this;
    const buffers = events.map(({ bytes }) => {
      const padded = new Uint8Array(bytes.length + SLACK);
      padded.set(bytes);
      return padded;
    });
    let next = 0;
    return {
      name: "syscall",
      /** How many events were given. */
      get at() {
        return next;
      },
      snapshot: (sink: SnapshotSink) => {
        sink.machine({
          cpus: 1,
          memoryBytes: 1n << 32n,
          maxPid: 4194304n,
          hostname: "test",
          bootTime: BEGIN - 86_400_000_000_000n,
          flags: 0n,
        });
        sink.accounts(people.users, people.groups);
        for (const actor of cast.actors) if (!actor.unborn) sink.thread(actor.record);
        for (const actor of cast.actors) if (!actor.unborn) sink.descriptors(actor.pid, actor.descriptors);
      },
      next: (event: Event) => {
        if (next >= buffers.length) return false;
        const bytes = buffers[next];
        const { lengthSize } = sizeOf(bytes);
        event.place(bytes, new DataView(bytes.buffer), 0, 0, lengthSize);
        event.flags = events[next].hidden ? EventNote.STATE_ONLY : 0;
        event.num = ++next;
        return true;
      },
      close: () => undefined,
    };
  }
}

/** The cursor reads so far behind an event. */
const SLACK = 16;
const EINPROGRESS = 115;

function sizeOf(bytes: Uint8Array): { lengthSize: 2 | 4 } {
  const code = new DataView(bytes.buffer).getUint16(20, true);
  return { lengthSize: (eventTypes[code].flags & EventFlag.largePayload) !== 0 ? 4 : 2 };
}

/** Keys that every event may have, inside or beside its parameters. */
const COMMON: readonly string[] = ["by", "as", "after", "result"];

/** Places in the table of names that are no parameters. */
const TO = -1;
const FROM = -2;
const PROTO = -3;

/** The type of event that a test means: the newest of that name. */
function typeOf(name: string, place: Place): EventType {
  const types = (codesByName.get(name) ?? []).map((code) => eventTypes[code]);
  const current = types.filter(({ flags }) => (flags & EventFlag.oldVersion) === 0);
  const best = current.findLast(({ enter }) => !enter) ?? current.at(-1);
  if (best !== undefined) return best;
  if (syscallId.has(name)) return eventTypes[EventCode.GENERIC_X];
  throw unknown(name, writableEvents, "event", place);
}

/** Names of the events that tests may write: all that are still made. */
export const writableEvents: readonly string[] = [
  ...eventTypes
    .filter(
      ({ flags, code, key }) =>
        key !== "" && !isGeneric(code) && (flags & (EventFlag.oldVersion | EventFlag.unused)) === 0,
    )
    .map(({ name }) => name),
  ...syscallId.keys(),
];

/** Which parameter a key of an event stands for. */
function namesOf(type: EventType): Map<string, number> {
  const names = new Map(type.params.map(({ name }, i) => [name, i]));
  if (isResult(type)) names.set("result", 0);
  const paths = type.params.flatMap(({ kind }, i) =>
    kind === ParamKind.FSPATH || kind === ParamKind.FSRELPATH ? [i] : [],
  );
  if (paths.length === 1 && !names.has("path")) names.set("path", paths[0]);
  if (type.params.some(({ kind }) => kind === ParamKind.SOCKADDR || kind === ParamKind.SOCKTUPLE)) {
    for (const [key, at] of ENDS) if (!names.has(key)) names.set(key, at);
  }
  return names;
}

const ENDS = [
  ["to", TO],
  ["at", TO],
  ["from", FROM],
  ["proto", PROTO],
] as const;

/** Whether the first parameter is what the call answered. */
function isResult({ params, flags }: EventType): boolean {
  const [first] = params;
  if (first === undefined) return false;
  return first.name === "res" || (first.name === "fd" && (flags & EventFlag.createsFd) !== 0);
}

/** `openat: /etc/shadow`, `connect: 1.2.3.4:443`: the parameter that matters most. */
function shorthand(name: string, type: EventType, value: Reading): Map<string, Reading> {
  if (isExec(type)) return new Map([["command", value]]);
  const names = namesOf(type);
  for (const key of ["path", "to", "fd", "oldfd", "request", "pid"]) if (names.has(key)) return new Map([[key, value]]);
  throw value.fault(`${name} takes its parameters by name: ${[...names.keys()].join(", ")}.`);
}

function isExec({ code }: EventType): boolean {
  return code === EventCode.EXECVE_19_X || code === EventCode.EXECVEAT_X;
}

function isFork({ code }: EventType): boolean {
  return FORKS.includes(code);
}
const FORKS: readonly number[] = [EventCode.CLONE_20_X, EventCode.CLONE3_X, EventCode.FORK_20_X, EventCode.VFORK_20_X];

function isOpen({ code }: EventType): boolean {
  return OPENS.includes(code);
}
const OPENS: readonly number[] = [
  EventCode.OPEN_X,
  EventCode.OPENAT_2_X,
  EventCode.OPENAT2_X,
  EventCode.OPEN_BY_HANDLE_AT_X,
];

function isDatagram({ code }: EventType): boolean {
  return code !== EventCode.CONNECT_X && code !== EventCode.BIND_X;
}

function protocolOf(reading: Reading): string {
  const text = reading.text('"proto"');
  if (text !== "tcp" && text !== "udp") throw reading.fault(`"proto" is tcp or udp.`);
  return text;
}

function generic(name: string, place: Place): ParamValue[] {
  const id = syscallId.get(name);
  if (id === undefined) throw new TestFault(`"${name}" is no system call.`, place);
  return [id, Math.max(0, nativeX64.indexOf(id))];
}

function usualResult(type: EventType, given: ReadonlyMap<number, ParamValue>, actor: Actor): ParamValue {
  const { params, flags, code } = type;
  if (code === EventCode.DUP2_X || code === EventCode.DUP3_X) return given.get(2) ?? actor.newFd();
  if ((flags & EventFlag.createsFd) !== 0 && !params.some(({ name }) => name === "fd1")) return actor.newFd();
  return dataLength(type, given);
}

function dataLength({ params }: EventType, given: ReadonlyMap<number, ParamValue>): number {
  const data = given.get(params.findIndex(({ kind }) => kind === ParamKind.BYTEBUF));
  return data instanceof Uint8Array ? data.length : 0;
}

/** What later events of the test take for granted. */
function remember(actor: Actor, { code, flags, params }: EventType, values: readonly ParamValue[]): void {
  const answer = Number(values[0] ?? 0);
  if (answer < 0) return;
  if ((flags & EventFlag.createsFd) !== 0) {
    const fd = params.some(({ name }) => name === "fd1") ? Number(values[1]) : answer;
    actor.lastFd = fd;
    actor.used.add(fd);
  }
  if (code === EventCode.SOCKET_X) actor.socket = { fd: answer, family: Number(values[1]), taken: false };
  else if (code === EventCode.ACCEPT_5_X || code === EventCode.ACCEPT4_6_X) {
    const tuple = values[1];
    actor.socket = { fd: answer, family: tuple instanceof Uint8Array ? tuple[0] : 0, taken: true };
  }
  const { standing } = actor;
  const id = Number(values[EFFECTIVE.get(code) ?? 1]);
  if (USER_CALLS.includes(code)) actor.standing = { ...standing, uid: id };
  else if (GROUP_CALLS.includes(code)) actor.standing = { ...standing, gid: id };
  else if (code === EventCode.CHDIR_X) actor.standing = { ...standing, cwd: String(values[1]) };
}

const EFFECTIVE: ReadonlyMap<number, number> = new Map([
  [EventCode.SETREUID_X, 2],
  [EventCode.SETRESUID_X, 2],
  [EventCode.SETREGID_X, 2],
  [EventCode.SETRESGID_X, 2],
]);
const USER_CALLS: readonly number[] = [EventCode.SETUID_X, EventCode.SETREUID_X, EventCode.SETRESUID_X];
const GROUP_CALLS: readonly number[] = [EventCode.SETGID_X, EventCode.SETREGID_X, EventCode.SETRESGID_X];
