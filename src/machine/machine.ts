import { EventCode } from "../event/code.ts";
import { CloneFlag } from "../event/constants.ts";
import { Event } from "../event/event.ts";
import { Origin } from "../event/schema.ts";
import type {
  DescriptorRecord,
  GroupRecord,
  InterfaceRecord,
  MachineRecord,
  SnapshotSink,
  ThreadRecord,
  UserRecord,
} from "../event/snapshot.ts";
import { eventCategory } from "../event/types.ts";
import { type AccountLookup, Accounts } from "./accounts.ts";
import { identityOfAll, isKnownToRuntimes } from "./container-id.ts";
import { ContainerTable } from "./container-table.ts";
import { Decoder } from "./decoder.ts";
import { exportTo } from "./export.ts";
import { MISSING } from "./flags.ts";
import type { Flows } from "./flows.ts";
import { handlers } from "./handlers.ts";
import type { Host } from "./host.ts";
import { descriptorFrom, settleSockets, threadFrom } from "./import.ts";
import { Interfaces } from "./interfaces.ts";
import type { Observed } from "./observed.ts";
import type { PodTable } from "./pods.ts";
import { fdLocation, Route, routes } from "./routes.ts";
import type { Sessions } from "./sessions.ts";
import { fdTable, isIncomplete, Thread } from "./thread.ts";
import { ThreadTable } from "./threads.ts";
import type { Workloads } from "./workload.ts";

/** What a machine that is watched live can be asked. A capture has none of it. */
export interface MachineHooks {
  /** A thread that no event told of, with its descriptors. */
  readonly lookup?: (tid: number) => { thread: ThreadRecord; descriptors: readonly DescriptorRecord[] } | undefined;
  readonly accounts?: AccountLookup;
  /** Whether a thread of that name still lives: threads that were quiet for long are forgotten otherwise. */
  readonly isAlive?: (pid: number, tid: number, comm: string) => boolean;
  /** Threads remembered at most. */
  readonly maxThreads?: number;
  /** How often quiet threads are looked for, and after what time a thread is one: nanoseconds. */
  readonly purgeInterval?: number;
  readonly quietTime?: number;
  /**
   * Whether it is worked out which container a thread is in (the default). Without it every thread counts as the
   * host's: accounts, roots and the local end of connections are the host's too.
   */
  readonly containers?: boolean;
}

/** Quiet threads are looked for this often, and a thread is quiet after this time without an event. Nanoseconds. */
const PURGE_INTERVAL = 300e9;
const QUIET_TIME = 300e9;
/** The first look comes early, so that what is wrong shows early. */
const FIRST_PURGE = 30e9;

/** What is known of the machine an event stream comes from. */
export class Machine implements SnapshotSink {
  readonly threads: ThreadTable;
  readonly accountTable: Accounts;
  readonly interfaceTable = new Interfaces();
  readonly containerTable = new ContainerTable();
  readonly decoder = new Decoder();
  info: MachineRecord | undefined = undefined;
  /** When the first event happened (notes about the machine don't count): nanoseconds since the epoch. */
  firstTime = 0n;
  /** When the machine booted: nanoseconds since the epoch; 0 where unknown, and of recordings. */
  bootTime = 0n;
  /** The enter half of the call that the event at hand ends; see `enteredBy`. */
  readonly entered = new Event();
  /** Whether it is watched as it runs, rather than in a capture. */
  readonly isLive: boolean;
  /** Which process had which flow; undefined where nobody wants to know. */
  flows: Flows | undefined = undefined;
  /** What runs in containers; undefined where nobody wants to know. */
  workloads: Workloads | undefined = undefined;
  /** The pods that an API server tells of; undefined where none is asked. */
  pods: PodTable | undefined = undefined;
  /** Who is behind what is started in pods; undefined where nobody wants to know. */
  sessions: Sessions | undefined = undefined;
  /** What is known of the machine as a whole, and of where it stands; undefined where nobody wants to know. */
  host: Host | undefined = undefined;
  private readonly hooks: MachineHooks;
  private containers: boolean;
  private readonly serverPorts = new Set<number>();
  /** Whether `firstTime` is known. */
  private begun = false;
  /** Whether the snapshot was put together. */
  private ready = false;
  /** Whether anything below waits to be done. */
  private pending = false;
  private closing: Thread | undefined = undefined;
  private closingFd = -1;
  private exiting = -1;
  private exited = -1;
  private exitedParent = -1;
  private nextPurge = 0;
  private readonly complete = (tid: number): Thread | undefined => this.threadOrNew(tid);

  constructor(hooks: MachineHooks = {}) {
    this.hooks = hooks;
    this.containers = hooks.containers ?? true;
    this.isLive = hooks.isAlive !== undefined;
    this.threads = new ThreadTable(hooks.maxThreads);
    this.accountTable = new Accounts(hooks.accounts);
  }

  /**
   * The same machine with other threads, for who sees more of them. Tables are shared; the rest is as it is now, until
   * the next {@link catchUp}. It takes no events.
   */
  seenWith(threads: ThreadTable): Machine {
    // Not an object that inherits from this one: being inherited from makes an object slow.
    return Object.assign(new Machine(this.hooks), this, { threads });
  }

  /** Takes over everything readable that may be put in another's place there. */
  catchUp(other: Machine): void {
    this.info = other.info;
    this.firstTime = other.firstTime;
    this.bootTime = other.bootTime;
    this.flows = other.flows;
    this.workloads = other.workloads;
    this.pods = other.pods;
    this.sessions = other.sessions;
    this.host = other.host;
  }

  get users(): ReadonlyMap<number, UserRecord> {
    return this.accountTable.users;
  }

  get groups(): ReadonlyMap<number, GroupRecord> {
    return this.accountTable.groups;
  }

  // ---- the snapshot ----

  restart(): void {
    this.threads.clear();
    this.accountTable.clear();
    this.interfaceTable.clear();
    this.containerTable.clear();
    this.flows?.clear();
    this.serverPorts.clear();
    this.ready = false;
    this.closing = undefined;
    this.exiting = -1;
    this.exited = -1;
    this.pending = false;
  }

  machine(record: MachineRecord): void {
    this.info = record;
    // Of recordings the engine whose rules we run forgets when the machine booted: its times since boot stay such.
    if (this.isLive) this.bootTime = record.bootTime;
  }

  thread(record: ThreadRecord): void {
    const thread = threadFrom(record);
    this.meet("", thread);
    this.threads.add(thread);
  }

  descriptors(pid: number, records: readonly DescriptorRecord[]): void {
    const thread = this.threads.get(pid);
    if (thread === undefined) return;
    for (const record of records) {
      const fd = descriptorFrom(record, this.serverPorts);
      if (fd !== undefined) thread.fds.set(record.fd, fd);
    }
  }

  interfaces(records: readonly InterfaceRecord[]): void {
    for (const record of records) this.interfaceTable.add(record);
  }

  accounts(users: readonly UserRecord[], groups: readonly GroupRecord[]): void {
    for (const user of users) this.accountTable.addUser("", user);
    for (const group of groups) this.accountTable.addGroup("", group);
  }

  /** Puts the pieces of a snapshot together: groups, families, roles of sockets. Done before the first event. */
  private link(): void {
    this.ready = true;
    this.threads.linkAll();
    for (const thread of this.threads.values()) {
      thread.containerId = this.containerOf(thread);
      settleSockets(thread, this.serverPorts);
    }
    if (this.flows !== undefined) for (const thread of this.threads.values()) this.flows.recordAll(thread);
    if (this.workloads !== undefined) this.meetWorkloads(this.workloads);
  }

  /** Looks into every container that there is. */
  private meetWorkloads(workloads: Workloads): void {
    for (const thread of this.threads.values()) workloads.processStarted(this, thread);
  }

  /** Gives all that is known to `sink`, as a snapshot. */
  snapshotTo(sink: SnapshotSink): void {
    exportTo(this, sink);
  }

  // ---- events ----

  /** Applies what the event says to what is known, and sets the event's thread and descriptor. */
  observe(event: Observed): void {
    if (!this.ready) this.link();
    if (!this.begun && (eventCategory[event.type]! & Origin.meta) === 0) {
      this.begun = true;
      this.firstTime = event.time;
    }
    if (this.pending) this.finish(event);
    this.locate(event);
    if (this.isLive) this.purge(event);
    const { type } = event;
    const handler = handlers[type];
    if (handler !== undefined) handler(this, event);
    const { thread, fd } = event;
    if (thread !== undefined) {
      event.fdNum = thread.lastFd;
      if (thread.enterBytes !== undefined && (event.type & 1) === 1) {
        thread.enterBytes = undefined;
        thread.enterMatches = false;
      }
    }
    event.fdNameChanged = fd !== undefined && fd.path.text !== event.nameBefore;
    if (this.flows !== undefined && (event.fdNameChanged || type === EventCode.CONNECT_X || (event.num & 63) === 0)) {
      this.flows.observe(event); // of all others only now and then one, so that it knows the time
    }
  }

  /** What can only be done once the event has been judged: forgets a closed descriptor, a thread that has exited. */
  settle(_event: Observed): void {
    if (!this.pending) return;
    const { closing, exiting } = this;
    if (exiting >= 0) {
      this.exited = exiting;
      this.exitedParent = this.threads.get(exiting)?.ptid ?? -1;
      this.exiting = -1;
      this.removeThread(exiting);
    }
    if (closing !== undefined) {
      fdTable(closing)?.delete(this.closingFd);
      this.closing = undefined;
    }
    this.pending = this.exited >= 0;
  }

  /** What waited for the next event: an exit counts as of its time. */
  private finish(event: Observed): void {
    this.settle(event);
    if (this.exited >= 0) this.threads.exits.note(this.exited, this.exitedParent, event.time);
    this.exited = -1;
    this.pending = false;
  }

  /** Finds out which thread and which descriptor an event is about. */
  locate(event: Observed): void {
    const { type, tid } = event;
    event.thread = undefined;
    event.fd = undefined;
    event.fdNum = -1;
    event.nameBefore = "";
    const route = routes[type]; // undefined for types that nobody knows
    if (route === Route.call || route === Route.enter) {
      const thread = this.threads.get(tid) ?? this.newThread(tid);
      event.thread = thread;
      if (thread === undefined) return;
      if ((thread.flags & CloneFlag.ACTIVE) === 0) thread.flags |= CloneFlag.ACTIVE;
      if (route === Route.enter) this.enter(event, thread);
      else this.leave(event, thread);
    } else if (route === Route.clone) {
      event.thread = this.threads.get(tid);
      if (event.thread !== undefined) this.leave(event, event.thread);
    } else if (route === Route.exit) {
      event.thread = this.threads.get(tid);
      if (event.thread !== undefined) this.enter(event, event.thread);
    } else if (route === Route.passive) {
      event.thread = this.threads.get(tid);
    }
  }

  private enter(event: Observed, thread: Thread): void {
    thread.lastFd = -1;
    thread.enterType = event.type;
    const location = fdLocation[event.type]!;
    if (location < 0) return;
    thread.lastFd = event.length(location) === 8 ? event.i64(location) : -1;
    event.fd = fdTable(thread)?.get(thread.lastFd);
    if (event.fd !== undefined) event.nameBefore = event.fd.path.text;
  }

  private leave(event: Observed, thread: Thread): void {
    const { type } = event;
    const location = fdLocation[type]!;
    if (thread.enterType >= 0) {
      thread.enterMatches =
        type === thread.enterType + 1 || (type === EventCode.EXECVE_19_X && thread.enterType === EventCode.EXECVEAT_E);
      if (!thread.enterMatches) thread.lastFd = -1;
    } else {
      thread.lastFd = -1;
    }
    if (location < 0) return;
    if (thread.lastFd === -1 && event.length(location) === 8) thread.lastFd = event.i64(location);
    const fd = fdTable(thread)?.get(thread.lastFd);
    event.fd = fd;
    if (fd !== undefined) event.nameBefore = fd.path.text;
  }

  // ---- for the handlers ----

  /** The thread with that id; one of which nothing is known is made where there is none. Undefined: the table is full. */
  threadOrNew(tid: number): Thread | undefined {
    return this.threads.get(tid) ?? this.newThread(tid);
  }

  private newThread(tid: number): Thread | undefined {
    if (this.threads.isFull) return undefined;
    const found = this.hooks.lookup?.(tid);
    if (found !== undefined) {
      const thread = threadFrom(found.thread);
      thread.containerId = this.containerOf(thread);
      this.meet(thread.containerId, thread);
      for (const record of found.descriptors) {
        const fd = descriptorFrom(record, this.serverPorts);
        if (fd !== undefined) thread.fds.set(record.fd, fd);
      }
      if (thread.pid !== tid && this.threads.get(thread.pid) === undefined) this.newThread(thread.pid);
      this.threads.addLinked(thread);
      this.flows?.recordAll(thread);
      this.workloads?.processStarted(this, thread);
      if (this.sessions !== undefined) thread.session = this.threads.get(thread.ptid)?.session;
      if (thread.tid === tid) return thread;
    }
    const thread = new Thread(tid);
    thread.comm = MISSING;
    thread.exe = MISSING;
    return this.threads.addLinked(thread) ? thread : undefined;
  }

  removeThread(tid: number): void {
    const thread = this.flows === undefined ? undefined : this.threads.get(tid);
    if (this.flows === undefined || thread === undefined) this.threads.remove(tid, this.complete);
    else this.flows.around(thread, () => this.threads.remove(tid, this.complete));
  }

  /** Begins to note which process has which flow. */
  watchFlows(flows: Flows): void {
    this.flows = flows;
    if (this.ready) for (const thread of this.threads.values()) flows.recordAll(thread);
  }

  /** Begins to find out what runs in containers. */
  watchWorkloads(workloads: Workloads): void {
    this.workloads = workloads;
    if (this.ready) this.meetWorkloads(workloads);
  }

  /** Notes that the event's descriptor is to go once the event has been judged. */
  closeAfter(thread: Thread, fd: number): void {
    this.closing = thread;
    this.closingFd = fd;
    this.pending = true;
  }

  /** Notes that a thread is to go once the event has been judged. */
  removeAfter(tid: number): void {
    this.exiting = tid;
    this.pending = true;
  }

  /** Begins to wait for what is told of pods. */
  watchPods(pods: PodTable): void {
    this.pods = pods;
    if (this.ready) for (const thread of this.threads.values()) this.containerOf(thread);
  }

  /** Begins to work out which containers threads are in: rules that ask for it were loaded later. */
  watchContainers(): void {
    if (this.containers) return;
    this.containers = true;
    for (const thread of this.threads.values()) {
      thread.containerId = this.containerOf(thread);
      this.meet(thread.containerId, thread);
    }
    if (this.workloads !== undefined) this.meetWorkloads(this.workloads);
  }

  /** The short id of the container that a thread's cgroups state; "" on the host, and where nobody wants to know. */
  containerOf(thread: Thread): string {
    if (!this.containers) return "";
    const identity = identityOfAll(thread.cgroups);
    const { id } = identity;
    if (id !== "" && isKnownToRuntimes(identity)) this.containerTable.seen(id, thread);
    if (this.pods !== undefined && identity.podUid !== "") this.pods.seen(identity.podUid, id);
    return id;
  }

  /** The user and group of a thread turned up. */
  meet(containerId: string, thread: Thread): void {
    this.accountTable.ensureUser(containerId, thread.pid, thread.uid, thread.gid);
    this.accountTable.meetGroup(containerId, thread.pid, thread.gid);
  }

  user(thread: Thread): UserRecord | undefined {
    return this.accountTable.user(thread.containerId, thread.uid);
  }

  loginUser(thread: Thread): UserRecord | undefined {
    return this.accountTable.user(thread.containerId, thread.loginuid);
  }

  group(thread: Thread): GroupRecord | undefined {
    return this.accountTable.group(thread.containerId, thread.gid);
  }

  private purge(event: Observed): void {
    const { isAlive, quietTime = QUIET_TIME } = this.hooks;
    const now = event.timeNumber;
    if (event.thread !== undefined) event.thread.lastAccess = now;
    if (this.nextPurge === 0) this.nextPurge = now + FIRST_PURGE;
    if (now <= this.nextPurge) return;
    this.nextPurge = now + (this.hooks.purgeInterval ?? PURGE_INTERVAL);
    for (const thread of [...this.threads.values()]) {
      const gone =
        isIncomplete(thread) ||
        (now > thread.lastAccess + quietTime && isAlive?.(thread.pid, thread.tid, thread.comm) === false);
      if (gone && thread !== event.thread) this.removeThread(thread.tid);
    }
  }
}
