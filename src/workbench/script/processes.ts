import { CloneFlag } from "../../event/constants.ts";
import type { DescriptorRecord, ThreadRecord } from "../../event/snapshot.ts";
import type { Reading } from "../reading.ts";
import type { Accounts } from "./accounts.ts";
import {
  type Attributes,
  attributeKeys,
  attributesOf,
  hostCgroups,
  inherit,
  type OwnAttributes,
  passedToParent,
} from "./attributes.ts";
import { duration } from "./duration.ts";
import { type Image, imageKeys, imageOf } from "./image.ts";
import { file, openDescriptor } from "./open-fd.ts";

export interface OpenSocket {
  readonly fd: number;
  readonly family: number;
  /**
   * Whether the socket is bound, connected or accepted. A bind or connect without a descriptor then opens a new socket.
   */
  readonly taken: boolean;
}

/** A process of a test. */
export class ScriptedProcess {
  readonly pid: number;
  /** Process ID in its own PID namespace. */
  readonly vpid: number;
  readonly ptid: number;
  readonly sid: number;
  readonly vpgid: number;
  readonly pgid: number;
  /** Current program, which an exec changes. */
  image: Image;
  attributes: Attributes;
  /** Start time, nanoseconds since the epoch. */
  readonly birth: bigint;
  /** Descriptors that are open before the first event. */
  readonly descriptors: DescriptorRecord[] = [];
  /** Entry in the process table before the first event. */
  readonly record: ThreadRecord;
  /** Descriptor that a call of the process opened last; undefined if there is none. */
  lastFd: number | undefined = undefined;
  /** Socket that the process created or used last. */
  socket: OpenSocket | undefined = undefined;
  /** Whether an event creates the process. */
  madeByEvent = false;
  /** Descriptor numbers that are or were in use. */
  readonly used = new Set<number>([0, 1, 2]);

  constructor(
    ids: Pick<ScriptedProcess, "pid" | "vpid" | "ptid" | "sid" | "vpgid" | "pgid">,
    image: Image,
    attributes: Attributes,
    birth: bigint,
  ) {
    this.pid = ids.pid;
    this.vpid = ids.vpid;
    this.ptid = ids.ptid;
    this.sid = ids.sid;
    this.vpgid = ids.vpgid;
    this.pgid = ids.pgid;
    this.image = image;
    this.attributes = attributes;
    this.birth = birth;
    this.record = recordOf(this);
  }

  newFd(): number {
    let fd = 3;
    while (this.used.has(fd)) fd++;
    this.used.add(fd);
    return fd;
  }

  /** Adds a descriptor that is open before the first event, and returns its number. */
  open(make: (fd: number) => DescriptorRecord): number {
    const fd = this.newFd();
    this.descriptors.push(make(fd));
    return fd;
  }

  get cgroups(): string {
    return this.attributes.container?.cgroups ?? hostCgroups;
  }
}

/** Joins strings, each terminated by NUL. */
export function nulTexts(texts: readonly string[]): string {
  return texts.map((text) => `${text}\0`).join("");
}

function recordOf(process: ScriptedProcess): ThreadRecord {
  const { pid, vpid, ptid, sid, pgid, vpgid, image, attributes, birth } = process;
  const { container } = attributes;
  return {
    tid: pid,
    pid,
    ptid,
    sid,
    pgid,
    vpgid,
    vtid: vpid,
    vpid,
    comm: image.comm,
    exe: image.exe,
    exepath: image.exepath,
    exeWritable: image.writable,
    exeUpperLayer: image.upperLayer,
    exeLowerLayer: image.lowerLayer,
    exeFromMemfd: image.memfd,
    ...(image.realExepath !== "" && { realExepath: image.realExepath }),
    args: nulTexts(image.args),
    env: nulTexts(attributes.env),
    cwd: attributes.cwd,
    root: "/",
    fdlimit: 1024,
    flags: container === undefined ? 0 : CloneFlag.CHILD_IN_PIDNS,
    uid: attributes.uid,
    gid: attributes.gid,
    loginuid: attributes.loginuid,
    capPermitted: attributes.permitted,
    capEffective: attributes.effective,
    capInheritable: attributes.inheritable,
    exeIno: image.ino,
    exeInoCtime: image.ctime,
    exeInoMtime: image.mtime,
    vmsizeKb: 2048,
    vmrssKb: 1024,
    vmswapKb: 0,
    pfmajor: 0,
    pfminor: 0,
    pidnsInitStart: container === undefined ? 0n : birth - container.age,
    cgroups: process.cgroups,
    cloneTime: birth,
    tty: attributes.tty,
  };
}

/** Keys of a process description, in addition to those of the program and the attributes. */
const OTHER_KEYS = ["parent", "ancestors", "started", "pid", "vpid", "sid", "pgid", "vpgid", "fds"] as const;

/** All keys of a process description. */
export const processKeys: readonly string[] = [...imageKeys, ...attributeKeys, ...OTHER_KEYS];

const SECOND = 1_000_000_000n;

/** Processes of a test. The default process is `program`, a child of `parent`, which is a child of `init`. */
export class Processes {
  readonly all: ScriptedProcess[] = [];
  readonly accounts: Accounts;
  /** Descriptions by name. */
  private readonly described: ReadonlyMap<string, Reading>;
  private readonly now: () => bigint;
  private readonly named = new Map<string, ScriptedProcess>();
  private readonly making = new Set<string>();
  private readonly pids = new Set<number>();
  private nextPid = 1000;
  private readonly init: ScriptedProcess;

  /** @param now returns the time of the current event, nanoseconds since the epoch */
  constructor(accounts: Accounts, described: ReadonlyMap<string, Reading>, now: () => bigint) {
    this.accounts = accounts;
    this.described = described;
    this.now = now;
    const ids = { pid: 1, vpid: 1, ptid: 0, sid: 1, vpgid: 1, pgid: 1 };
    const image = imageOf(new Map(), "/", "/sbin/init", now(), 1n);
    this.init = this.add(new ScriptedProcess(ids, image, inherit({}, {}), now() - 86_400n * SECOND));
  }

  private add(process: ScriptedProcess): ScriptedProcess {
    this.pids.add(process.pid);
    this.all.push(process);
    const terminal = process.attributes.tty === 0 ? "/dev/null" : "/dev/pts/0";
    for (const fd of [0, 1, 2]) process.descriptors.push(file(fd, terminal));
    return process;
  }

  /** Gives a process a name for later events. */
  name(name: string, process: ScriptedProcess): void {
    this.named.set(name, process);
  }

  /**
   * Finds or creates a process, given by name, by command line or by a description. Equal command lines refer to the
   * same process throughout a test.
   */
  process(reading: Reading, below: OwnAttributes = {}, age = SECOND): ScriptedProcess {
    if (reading.isMapping) return this.describe(reading.keyed("a process", processKeys), below, age);
    const text = reading.text("A process");
    const known = this.named.get(text);
    if (known !== undefined) return known;
    const description = this.described.get(text);
    if (description === undefined) {
      const key = `${text}\n${below.container?.cgroups ?? ""}`;
      const process = this.named.get(key) ?? this.describe(new Map([["command", reading]]), below, age);
      this.named.set(key, process);
      return process;
    }
    if (this.making.has(text)) throw reading.fault(`Process "${text}" is its own ancestor.`);
    this.making.add(text);
    const process = description.isMapping
      ? this.describe(description.keyed(`process "${text}"`, processKeys), {}, age)
      : this.describe(new Map([["command", description]]), {}, age);
    this.making.delete(text);
    this.named.set(text, process);
    return process;
  }

  /** Returns the default process, which causes the events before the first event that specifies a process. */
  defaultProcess(): ScriptedProcess {
    const known = this.named.get(DEFAULT_PROCESS);
    if (known !== undefined) return known;
    const process = this.describe(new Map(), {}, SECOND);
    this.named.set(DEFAULT_PROCESS, process);
    return process;
  }

  /** Creates a process from its description. */
  private describe(keys: ReadonlyMap<string, Reading>, below: OwnAttributes, age: bigint): ScriptedProcess {
    const own = attributesOf(keys, this.accounts);
    const parent = this.parentOf(keys, { ...passedToParent(below), ...passedToParent(own) });
    const attributes = inherit(own, parent === this.init ? below : { ...below, ...parent?.attributes });
    const image = imageOf(keys, attributes.cwd, "/usr/bin/program", this.now(), this.nextIno());
    return this.create(keys, parent, image, attributes, age);
  }

  /**
   * Creates a child that still runs the program of its parent. The caller makes the child execute the described
   * program.
   */
  fork(keys: ReadonlyMap<string, Reading>): { process: ScriptedProcess; image: Image } {
    const own = attributesOf(keys, this.accounts);
    const parent = this.parentOf(keys, passedToParent(own));
    const attributes = inherit(own, parent === this.init || parent === undefined ? {} : parent.attributes);
    const image = imageOf(keys, attributes.cwd, "/usr/bin/program", this.now(), this.nextIno());
    const process = this.create(keys, parent, parent?.image ?? image, attributes, 1_000_000n);
    return { process, image };
  }

  /** Creates a child for a fork event, a copy of its parent. */
  child(parent: ScriptedProcess): ScriptedProcess {
    const pid = this.newPid();
    const vpid = parent.attributes.container === undefined ? pid : pid - 900;
    const ids = { pid, vpid, ptid: parent.pid, sid: parent.sid, pgid: parent.pgid, vpgid: parent.vpgid };
    const child = this.add(new ScriptedProcess(ids, parent.image, parent.attributes, this.now()));
    child.madeByEvent = true;
    for (const fd of parent.used) child.used.add(fd);
    return child;
  }

  private create(
    keys: ReadonlyMap<string, Reading>,
    parent: ScriptedProcess | undefined,
    image: Image,
    attributes: Attributes,
    usualAge: bigint,
  ): ScriptedProcess {
    const number = (key: string): number | undefined => keys.get(key)?.integer(`"${key}"`);
    const started = keys.get("started");
    const age = started === undefined ? usualAge : duration(started, '"started"');
    const pid = number("pid") ?? this.newPid();
    const pidReading = keys.get("pid");
    if (pidReading !== undefined && this.pids.has(pid)) throw pidReading.fault(`Duplicate process ID ${pid}.`);
    const inside = attributes.container !== undefined;
    const vpid = number("vpid") ?? (inside ? pid - 900 : pid);
    const alongside =
      parent !== undefined && parent !== this.init && inside === (parent.attributes.container !== undefined);
    const ids = {
      pid,
      vpid,
      ptid: parent?.pid ?? 0,
      sid: number("sid") ?? (alongside ? parent.sid : vpid),
      pgid: number("pgid") ?? pid,
      vpgid: number("vpgid") ?? vpid,
    };
    const process = this.add(new ScriptedProcess(ids, image, attributes, this.now() - age));
    const fds = keys.get("fds");
    if (fds !== undefined) openAll(process, fds);
    return process;
  }

  private newPid(): number {
    while (this.pids.has(this.nextPid)) this.nextPid++;
    return this.nextPid;
  }

  private nextIno(): bigint {
    return 2000n + BigInt(this.all.length);
  }

  private parentOf(keys: ReadonlyMap<string, Reading>, below: OwnAttributes): ScriptedProcess | undefined {
    const parent = keys.get("parent");
    const ancestors = keys.get("ancestors");
    if (ancestors !== undefined) {
      if (parent !== undefined) throw ancestors.fault('"ancestors" begins with the parent: remove "parent".');
      return this.lineage(ancestors.items(), below);
    }
    if (parent === undefined) return this.usualParent(below);
    if (parent.isScalar && (parent.isNull || parent.text('"parent"') === "none")) return undefined;
    return this.process(parent, below, 60n * SECOND);
  }

  /** Creates the ancestors of a process, parent first; the last one is a child of init. */
  private lineage(ancestors: readonly Reading[], below: OwnAttributes): ScriptedProcess {
    const [first, ...others] = ancestors;
    if (first === undefined) return this.init;
    if (first.isScalar) {
      const text = first.text("An ancestor");
      const known = this.named.get(text);
      if (known !== undefined) return known;
      if (this.described.has(text)) return this.process(first);
    }
    const keys = new Map(first.isScalar ? [["command", first]] : first.keyed("an ancestor", processKeys));
    const own = attributesOf(keys, this.accounts);
    const parent = keys.has("parent")
      ? this.parentOf(keys, below)
      : this.lineage(others, { ...below, ...passedToParent(own) });
    const attributes = inherit(own, parent === this.init ? below : { ...below, ...parent?.attributes });
    const image = imageOf(keys, attributes.cwd, "/usr/bin/program", this.now(), this.nextIno());
    return this.create(keys, parent, image, attributes, 60n * SECOND);
  }

  private usualParent(below: OwnAttributes): ScriptedProcess {
    const key = `\n${below.container?.cgroups ?? ""}`;
    const known = this.named.get(key);
    if (known !== undefined) return known;
    const image = imageOf(new Map(), "/", "/usr/bin/parent", this.now(), this.nextIno());
    const process = this.create(new Map(), this.init, image, inherit({}, below), 60n * SECOND);
    this.named.set(key, process);
    return process;
  }
}

/** Key of the default process, which is not a valid name. */
const DEFAULT_PROCESS = "\ndefault";

function openAll(process: ScriptedProcess, fds: Reading): void {
  for (const { key, value } of fds.entries('"fds"')) {
    const fd = STANDARD.indexOf(key) >= 0 ? STANDARD.indexOf(key) : Number(key);
    if (!Number.isInteger(fd) || fd < 0) throw value.fault(`Keys of "fds" must be numbers or ${STANDARD.join(", ")}.`);
    const at = process.descriptors.findIndex((known) => known.fd === fd);
    if (at >= 0) process.descriptors.splice(at, 1);
    process.descriptors.push(openDescriptor(value, fd));
    process.used.add(fd);
  }
}

const STANDARD = ["stdin", "stdout", "stderr"];
