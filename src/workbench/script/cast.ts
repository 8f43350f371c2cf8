import { CloneFlag } from "../../event/constants.ts";
import type { DescriptorRecord, ThreadRecord } from "../../event/snapshot.ts";
import type { Reading } from "../reading.ts";
import { duration } from "./duration.ts";
import { type Image, imageKeys, imageOf } from "./image.ts";
import { file, openDescriptor } from "./open-fd.ts";
import type { People } from "./people.ts";
import { hostCgroups, lent, type OwnStanding, type Standing, settle, standingKeys, standingOf } from "./standing.ts";

export interface OpenSocket {
  readonly fd: number;
  readonly family: number;
  /** False until it was bound, connected or accepted: until then the next connect means it. */
  readonly taken: boolean;
}

/** A process of a test. */
export class Actor {
  readonly pid: number;
  /** As its own namespace counts. */
  readonly vpid: number;
  readonly ptid: number;
  readonly sid: number;
  readonly vpgid: number;
  readonly pgid: number;
  /** What it is now: execs and the like change it. */
  image: Image;
  standing: Standing;
  /** Nanoseconds since the epoch. */
  readonly birth: bigint;
  /** Descriptors it holds before the first event. */
  readonly descriptors: DescriptorRecord[] = [];
  /** What the machine knows of it before the first event. */
  readonly record: ThreadRecord;
  /** The descriptor its last call made; undefined before there was one. */
  lastFd: number | undefined = undefined;
  /** The socket it last made or used. */
  socket: OpenSocket | undefined = undefined;
  /** True for one that comes to be by an event. */
  unborn = false;
  /** Numbers that are in use, or were. */
  readonly used = new Set<number>([0, 1, 2]);

  constructor(
    ids: Pick<Actor, "pid" | "vpid" | "ptid" | "sid" | "vpgid" | "pgid">,
    image: Image,
    standing: Standing,
    birth: bigint,
  ) {
    this.pid = ids.pid;
    this.vpid = ids.vpid;
    this.ptid = ids.ptid;
    this.sid = ids.sid;
    this.vpgid = ids.vpgid;
    this.pgid = ids.pgid;
    this.image = image;
    this.standing = standing;
    this.birth = birth;
    this.record = recordOf(this);
  }

  newFd(): number {
    let fd = 3;
    while (this.used.has(fd)) fd++;
    this.used.add(fd);
    return fd;
  }

  /** Has it open a descriptor before the first event. */
  open(make: (fd: number) => DescriptorRecord): number {
    const fd = this.newFd();
    this.descriptors.push(make(fd));
    return fd;
  }

  get cgroups(): string {
    return this.standing.container?.cgroups ?? hostCgroups;
  }
}

/** Texts that end in NUL each. */
export function nulTexts(texts: readonly string[]): string {
  return texts.map((text) => `${text}\0`).join("");
}

function recordOf(actor: Actor): ThreadRecord {
  const { pid, vpid, ptid, sid, pgid, vpgid, image, standing, birth } = actor;
  const { container } = standing;
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
    args: nulTexts(image.args),
    env: nulTexts(standing.env),
    cwd: standing.cwd,
    root: "/",
    fdlimit: 1024,
    flags: container === undefined ? 0 : CloneFlag.CHILD_IN_PIDNS,
    uid: standing.uid,
    gid: standing.gid,
    loginuid: standing.loginuid,
    capPermitted: standing.permitted,
    capEffective: standing.effective,
    capInheritable: standing.inheritable,
    exeIno: image.ino,
    exeInoCtime: image.ctime,
    exeInoMtime: image.mtime,
    vmsizeKb: 2048,
    vmrssKb: 1024,
    vmswapKb: 0,
    pfmajor: 0,
    pfminor: 0,
    pidnsInitStart: container === undefined ? 0n : birth - container.age,
    cgroups: actor.cgroups,
    cloneTime: birth,
    tty: standing.tty,
  };
}

/** Keys of a process description that are neither about its program nor its standing. */
const OTHER_KEYS = ["parent", "ancestors", "started", "pid", "vpid", "sid", "pgid", "vpgid", "fds"] as const;

/** Everything a process description may say. */
export const processKeys: readonly string[] = [...imageKeys, ...standingKeys, ...OTHER_KEYS];

const SECOND = 1_000_000_000n;

/** The processes of a test. Those that nobody describes are `program`, child of `parent`, child of `init`. */
export class Cast {
  readonly actors: Actor[] = [];
  readonly people: People;
  /** Descriptions by name. */
  private readonly described: ReadonlyMap<string, Reading>;
  private readonly now: () => bigint;
  private readonly named = new Map<string, Actor>();
  private readonly making = new Set<string>();
  private readonly pids = new Set<number>();
  private nextPid = 1000;
  private readonly init: Actor;

  /** @param now the time of the event at hand: nanoseconds since the epoch */
  constructor(people: People, described: ReadonlyMap<string, Reading>, now: () => bigint) {
    this.people = people;
    this.described = described;
    this.now = now;
    const ids = { pid: 1, vpid: 1, ptid: 0, sid: 1, vpgid: 1, pgid: 1 };
    const image = imageOf(new Map(), "/", "/sbin/init", now(), 1n);
    this.init = this.add(new Actor(ids, image, settle({}, {}), now() - 86_400n * SECOND));
  }

  private add(actor: Actor): Actor {
    this.pids.add(actor.pid);
    this.actors.push(actor);
    const terminal = actor.standing.tty === 0 ? "/dev/null" : "/dev/pts/0";
    for (const fd of [0, 1, 2]) actor.descriptors.push(file(fd, terminal));
    return actor;
  }

  /** Gives a process a name for later events. */
  name(name: string, actor: Actor): void {
    this.named.set(name, actor);
  }

  /**
   * The process that a test speaks of: by the name of one that was described or made before, by a command line, or by a
   * description. The same command line is the same process throughout a test.
   */
  actor(reading: Reading, below: OwnStanding = {}, age = SECOND): Actor {
    if (reading.isMapping) return this.describe(reading.keyed("a process", processKeys), below, age);
    const text = reading.text("A process");
    const known = this.named.get(text);
    if (known !== undefined) return known;
    const description = this.described.get(text);
    if (description === undefined) {
      const key = `${text}\n${below.container?.cgroups ?? ""}`;
      const actor = this.named.get(key) ?? this.describe(new Map([["command", reading]]), below, age);
      this.named.set(key, actor);
      return actor;
    }
    if (this.making.has(text)) throw reading.fault(`Process "${text}" descends from itself.`);
    this.making.add(text);
    const actor = description.isMapping
      ? this.describe(description.keyed(`process "${text}"`, processKeys), {}, age)
      : this.describe(new Map([["command", description]]), {}, age);
    this.making.delete(text);
    this.named.set(text, actor);
    return actor;
  }

  /** The process that acts where a test names none. */
  anybody(): Actor {
    const known = this.named.get(ANYBODY);
    if (known !== undefined) return known;
    const actor = this.describe(new Map(), {}, SECOND);
    this.named.set(ANYBODY, actor);
    return actor;
  }

  /** A process as its description says. */
  private describe(keys: ReadonlyMap<string, Reading>, below: OwnStanding, age: bigint): Actor {
    const own = standingOf(keys, this.people);
    const parent = this.parentOf(keys, { ...lent(below), ...lent(own) });
    const standing = settle(own, parent === this.init ? below : { ...below, ...parent?.standing });
    const image = imageOf(keys, standing.cwd, "/usr/bin/program", this.now(), this.nextIno());
    return this.born(keys, parent, image, standing, age);
  }

  /** A child that has yet to exec what its description says: it still runs its parent's program. */
  fork(keys: ReadonlyMap<string, Reading>): { actor: Actor; image: Image } {
    const own = standingOf(keys, this.people);
    const parent = this.parentOf(keys, lent(own));
    const standing = settle(own, parent === this.init || parent === undefined ? {} : parent.standing);
    const image = imageOf(keys, standing.cwd, "/usr/bin/program", this.now(), this.nextIno());
    const actor = this.born(keys, parent, parent?.image ?? image, standing, 1_000_000n);
    return { actor, image };
  }

  /** A child that an event is about to tell of: its parent's double. */
  unborn(parent: Actor): Actor {
    const pid = this.newPid();
    const vpid = parent.standing.container === undefined ? pid : pid - 900;
    const ids = { pid, vpid, ptid: parent.pid, sid: parent.sid, pgid: parent.pgid, vpgid: parent.vpgid };
    const child = this.add(new Actor(ids, parent.image, parent.standing, this.now()));
    child.unborn = true;
    for (const fd of parent.used) child.used.add(fd);
    return child;
  }

  private born(
    keys: ReadonlyMap<string, Reading>,
    parent: Actor | undefined,
    image: Image,
    standing: Standing,
    usualAge: bigint,
  ): Actor {
    const number = (key: string): number | undefined => keys.get(key)?.integer(`"${key}"`);
    const started = keys.get("started");
    const age = started === undefined ? usualAge : duration(started, '"started"');
    const pid = number("pid") ?? this.newPid();
    const pidReading = keys.get("pid");
    if (pidReading !== undefined && this.pids.has(pid)) throw pidReading.fault(`There is a process ${pid} already.`);
    const inside = standing.container !== undefined;
    const vpid = number("vpid") ?? (inside ? pid - 900 : pid);
    const alongside =
      parent !== undefined && parent !== this.init && inside === (parent.standing.container !== undefined);
    const ids = {
      pid,
      vpid,
      ptid: parent?.pid ?? 0,
      sid: number("sid") ?? (alongside ? parent.sid : vpid),
      pgid: number("pgid") ?? pid,
      vpgid: number("vpgid") ?? vpid,
    };
    const actor = this.add(new Actor(ids, image, standing, this.now() - age));
    const fds = keys.get("fds");
    if (fds !== undefined) openAll(actor, fds);
    return actor;
  }

  private newPid(): number {
    while (this.pids.has(this.nextPid)) this.nextPid++;
    return this.nextPid;
  }

  private nextIno(): bigint {
    return 2000n + BigInt(this.actors.length);
  }

  private parentOf(keys: ReadonlyMap<string, Reading>, below: OwnStanding): Actor | undefined {
    const parent = keys.get("parent");
    const ancestors = keys.get("ancestors");
    if (ancestors !== undefined) {
      if (parent !== undefined) throw ancestors.fault('"ancestors" begins with the parent: leave out "parent".');
      return this.lineage(ancestors.items(), below);
    }
    if (parent === undefined) return this.usualParent(below);
    if (parent.isScalar && (parent.isNull || parent.text('"parent"') === "none")) return undefined;
    return this.actor(parent, below, 60n * SECOND);
  }

  /** The chain above a process, the nearest first; its last is a child of init. */
  private lineage(ancestors: readonly Reading[], below: OwnStanding): Actor {
    const [first, ...others] = ancestors;
    if (first === undefined) return this.init;
    if (first.isScalar) {
      const text = first.text("An ancestor");
      const known = this.named.get(text);
      if (known !== undefined) return known;
      if (this.described.has(text)) return this.actor(first);
    }
    const keys = new Map(first.isScalar ? [["command", first]] : first.keyed("an ancestor", processKeys));
    const own = standingOf(keys, this.people);
    const parent = keys.has("parent") ? this.parentOf(keys, below) : this.lineage(others, { ...below, ...lent(own) });
    const standing = settle(own, parent === this.init ? below : { ...below, ...parent?.standing });
    const image = imageOf(keys, standing.cwd, "/usr/bin/program", this.now(), this.nextIno());
    return this.born(keys, parent, image, standing, 60n * SECOND);
  }

  private usualParent(below: OwnStanding): Actor {
    const key = `\n${below.container?.cgroups ?? ""}`;
    const known = this.named.get(key);
    if (known !== undefined) return known;
    const image = imageOf(new Map(), "/", "/usr/bin/parent", this.now(), this.nextIno());
    const actor = this.born(new Map(), this.init, image, settle({}, below), 60n * SECOND);
    this.named.set(key, actor);
    return actor;
  }
}

/** No process has this name. */
const ANYBODY = "\nanybody";

function openAll(actor: Actor, fds: Reading): void {
  for (const { key, value } of fds.entries('"fds"')) {
    const fd = STANDARD.indexOf(key) >= 0 ? STANDARD.indexOf(key) : Number(key);
    if (!Number.isInteger(fd) || fd < 0)
      throw value.fault(`"fds" is a mapping from numbers, or ${STANDARD.join(", ")}.`);
    const at = actor.descriptors.findIndex((known) => known.fd === fd);
    if (at >= 0) actor.descriptors.splice(at, 1);
    actor.descriptors.push(openDescriptor(value, fd));
    actor.used.add(fd);
  }
}

const STANDARD = ["stdin", "stdout", "stderr"];
