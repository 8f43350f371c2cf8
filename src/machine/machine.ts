import { EventCode } from "../event/code.ts";
import { CloneFlag } from "../event/constants.ts";
import { Event } from "../event/event.ts";
import { genericFd } from "../event/generic.ts";
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
import { type AccountLookup, type AccountRecords, Accounts, MAX_CONTAINERS } from "./accounts.ts";
import { type Cgroups, isCut, parseCgroups, splitTexts } from "./cgroup.ts";
import { Claims } from "./claims.ts";
import { identityOfAll, isKnownToRuntimes } from "./container-id.ts";
import type { Container } from "./container-info.ts";
import { ContainerTable } from "./container-table.ts";
import type { Creators } from "./creators.ts";
import { Decoder } from "./decoder.ts";
import { DescriptorLimit } from "./descriptor-limit.ts";
import type { ResolvedNames } from "./dns/resolved-names.ts";
import { exportTo } from "./export.ts";
import { MISSING } from "./flags.ts";
import type { Flows } from "./flows.ts";
import { handlers } from "./handlers.ts";
import type { Host } from "./host.ts";
import { descriptorFrom, settleSockets, threadFrom } from "./import.ts";
import { Interfaces } from "./interfaces.ts";
import { RecentLinks } from "./links.ts";
import { ContainerMembers } from "./members.ts";
import type { Observed } from "./observed.ts";
import type { PastThreads } from "./past-threads.ts";
import type { PodTable } from "./pods.ts";
import type { Programs } from "./program.ts";
import { fdLocation, Route, routes } from "./routes.ts";
import type { Sessions } from "./sessions.ts";
import { fdTable, isIncomplete, isMainThread, Thread } from "./thread.ts";
import { ThreadTable } from "./threads.ts";
import type { Workloads } from "./workload.ts";

/** Access to a live machine. For captures, the hooks are not set. */
export interface MachineHooks {
  /** Reads an unknown thread and, unless `isBrief` is true, its descriptors. */
  readonly lookup?: (
    tid: number,
    isBrief?: boolean,
  ) => { thread: ThreadRecord; descriptors: readonly DescriptorRecord[] } | undefined;
  readonly accounts?: AccountLookup;
  /** Resolves an absolute path in the root of a process; undefined if it cannot be resolved. Paths are byte strings. */
  readonly resolve?: (pid: number, path: string) => string | undefined;
  /** Whether an overlay is mounted at an absolute path of a process; undefined if unknown. Paths are byte strings. */
  readonly isOverlay?: (pid: number, path: string) => boolean | undefined;
  /**
   * Whether a thread is still running. If not, the thread is removed once it is quiet.
   * @param seen time at which it was last seen, in nanoseconds since the epoch
   */
  readonly isAlive?: (pid: number, tid: number, comm: string, seen: number) => boolean;
  /** Maximum number of stored threads. */
  readonly maxThreads?: number;
  /** Interval between two checks for quiet threads, in nanoseconds. */
  readonly purgeInterval?: number;
  /** Time without an event after which a thread is quiet, in nanoseconds. */
  readonly quietTime?: number;
  /**
   * Whether containers of threads are detected (default: true). If not, all threads, their accounts, roots and
   * connections count as belonging to the host.
   */
  readonly containers?: boolean;
}

/** Default interval between two checks for quiet threads, in nanoseconds. */
const PURGE_INTERVAL = 300e9;
/** Default time without an event after which a thread is quiet, in nanoseconds. */
const QUIET_TIME = 300e9;
/** Minimum interval between two checks while no more threads can be stored, in nanoseconds. */
const FULL_PURGE_INTERVAL = 30e9;
/** Time until the first check, in nanoseconds. It is short so that defects show up early. */
const FIRST_PURGE = 30e9;

/** The state of the machine from which the events come. */
export class Machine implements SnapshotSink {
  readonly threads: ThreadTable;
  readonly accountTable: Accounts;
  readonly interfaceTable = new Interfaces();
  readonly containerTable = new ContainerTable();
  /** The container whose start or end the current event reports; undefined for other events. */
  announced: Container | undefined = undefined;
  readonly decoder = new Decoder();
  readonly links = new RecentLinks();
  info: MachineRecord | undefined = undefined;
  /** Time of the first event (except events that describe the machine): nanoseconds since the epoch. */
  firstTime = 0n;
  /** Boot time: nanoseconds since the epoch; 0 if unknown or for captures. */
  bootTime = 0n;
  /** The enter event of the call that the current event ends (see `enteredBy`). */
  readonly entered = new Event();
  /**
   * Numbers of enter events, which occur only in captures: stored, not stored because the thread was unknown, retrieved
   * by the exit event, and not retrieved by it.
   */
  readonly enters = { stored: 0, notStored: 0, retrieved: 0, notRetrieved: 0 };
  /** Whether the events come from a live machine rather than a capture. */
  readonly isLive: boolean;
  /** Flows and the processes that own them; undefined if not tracked. */
  flows: Flows | undefined = undefined;
  /** Threads that have exited or have since executed another program; undefined if not tracked. */
  past: PastThreads | undefined = undefined;
  /** Workloads of containers; undefined if not tracked. */
  workloads: Workloads | undefined = undefined;
  /** Pods from the API server; undefined if no API server is used. */
  pods: PodTable | undefined = undefined;
  /** Users behind processes in pods; undefined if not tracked. */
  sessions: Sessions | undefined = undefined;
  /** Creators of pods; undefined if audit events are not evaluated. */
  creators: Creators | undefined = undefined;
  /** Names of addresses; undefined if not tracked. */
  names: ResolvedNames | undefined = undefined;
  /** Executables; undefined if they are not examined. */
  programs: Programs | undefined = undefined;
  /** Properties of the machine and its cloud; undefined if not collected. */
  host: Host | undefined = undefined;
  readonly descriptorLimit = new DescriptorLimit();
  /** Number of events whose descriptor is unknown. */
  failedFdLookups = 0;
  private readonly hooks: MachineHooks;
  private readonly members: ContainerMembers;
  private readonly claims: Claims;
  /**
   * Containers whose accounts have not been read, because they started before the sensor or because reading was
   * postponed.
   */
  private readonly unread = new Set<string>();
  private containers: boolean;
  private readonly serverPorts = new Set<number>();
  /** Whether `firstTime` is known. */
  private begun = false;
  /** Whether the snapshot has been linked. */
  private ready = false;
  /** Whether a descriptor must still be closed, or a thread still be removed or noted as exited. */
  private pending = false;
  private closing: Thread | undefined = undefined;
  private closingFd = -1;
  private exiting = -1;
  private exited = -1;
  private exitedCreator = -1;
  private nextPurge = 0;
  private readonly complete = (tid: number): Thread | undefined => this.threadOrNew(tid);

  constructor(hooks: MachineHooks = {}) {
    this.hooks = hooks;
    this.containers = hooks.containers ?? true;
    this.isLive = hooks.isAlive !== undefined;
    this.threads = new ThreadTable(hooks.maxThreads);
    this.members = new ContainerMembers(this.threads);
    this.claims = new Claims(this.threads);
    if (this.isLive) this.containerTable.described = (container) => this.claims.described(container);
    const { accounts } = hooks;
    this.accountTable = new Accounts(accounts && ((containerId, pid) => this.accountsOf(containerId, pid, accounts)));
  }

  /**
   * Creates a view of the machine with other threads. The view shares the tables; {@link catchUp} updates all other
   * state. A view must not receive events.
   */
  seenWith(threads: ThreadTable): Machine {
    // Prototype inheritance would slow the machine down, because V8 treats prototypes differently.
    return Object.assign(new Machine(this.hooks), this, { threads });
  }

  /** Copies the properties that may have been replaced since the view was created. */
  catchUp(other: Machine): void {
    this.info = other.info;
    this.firstTime = other.firstTime;
    this.bootTime = other.bootTime;
    this.flows = other.flows;
    this.workloads = other.workloads;
    this.pods = other.pods;
    this.sessions = other.sessions;
    this.creators = other.creators;
    this.names = other.names;
    this.programs = other.programs;
    this.host = other.host;
    this.announced = other.announced;
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
    this.members.clear();
    this.unread.clear();
    this.interfaceTable.clear();
    this.containerTable.clear();
    this.claims.clear();
    this.links.clear();
    this.flows?.clear();
    this.names?.clear();
    this.serverPorts.clear();
    this.ready = false;
    this.closing = undefined;
    this.exiting = -1;
    this.exited = -1;
    this.pending = false;
  }

  machine(record: MachineRecord): void {
    this.info = record;
    // Falco ignores the boot time of captures, so times since boot remain absolute.
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

  /**
   * Reads a snapshot again. Running threads replace stored threads with the same ID. Must not be called while an event
   * is evaluated.
   */
  renew(source: { snapshot(sink: SnapshotSink): void }): void {
    source.snapshot(this);
    this.ready = false;
  }

  /**
   * Links the parts of a snapshot: groups and parents of threads, roles of sockets. Called before the first event after
   * a snapshot.
   */
  private link(): void {
    this.ready = true;
    this.threads.linkAll();
    for (const thread of this.threads.values()) {
      thread.containerId = this.containerOf(thread);
      this.found(thread);
      settleSockets(thread, this.serverPorts);
    }
    if (this.flows !== undefined) for (const thread of this.threads.values()) this.flows.recordAll(thread);
    this.programs?.foundAll(this);
    if (this.workloads !== undefined) this.meetWorkloads(this.workloads);
  }

  /** Detects the workloads of all containers. */
  private meetWorkloads(workloads: Workloads): void {
    for (const thread of this.threads.values()) workloads.processStarted(this, thread);
  }

  /** Passes the state of the machine to `sink` as a snapshot. */
  snapshotTo(sink: SnapshotSink): void {
    exportTo(this, sink);
  }

  // ---- events ----

  /** Updates the state of the machine with an event, and sets the thread and descriptor of the event. */
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
      this.flows.observe(event); // every 64th event updates the time
    }
  }

  /** Completes an event after its evaluation by removing a closed descriptor or an exited thread. */
  settle(_event: Observed): void {
    if (!this.pending) return;
    const { closing, exiting } = this;
    if (exiting >= 0) {
      this.exited = exiting;
      this.exitedCreator = this.creatorOf(this.threads.get(exiting));
      this.exiting = -1;
      this.removeThread(exiting);
    }
    if (closing !== undefined) {
      fdTable(closing)?.delete(this.closingFd);
      this.closing = undefined;
    }
    this.pending = this.exited >= 0;
  }

  /** Completes the previous event. An exit is noted with the time of the next event. */
  private finish(event: Observed): void {
    this.settle(event);
    if (this.exited >= 0) this.threads.exits.note(this.exited, this.exitedCreator, event.time);
    this.exited = -1;
    this.pending = false;
  }

  /**
   * ID that identifies the creator of an exited thread: its process if it was one of several threads, otherwise its
   * parent. In captures, always the parent, as in Falco.
   */
  private creatorOf(thread: Thread | undefined): number {
    if (thread === undefined) return -1;
    return this.isLive && !isMainThread(thread) ? thread.pid : thread.ptid;
  }

  /** Sets the thread and the descriptor of an event. */
  locate(event: Observed): void {
    const { type, tid } = event;
    event.thread = undefined;
    event.fd = undefined;
    event.fdNum = -1;
    event.nameBefore = "";
    const route = routes[type]; // undefined for unknown types
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
    else if (thread.lastFd >= 0) this.failedFdLookups++;
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
    if (location < 0) {
      if (type === EventCode.GENERIC_X) this.leaveGeneric(event, thread);
      return;
    }
    if (thread.lastFd === -1 && event.length(location) === 8) thread.lastFd = event.i64(location);
    const fd = fdTable(thread)?.get(thread.lastFd);
    event.fd = fd;
    if (fd !== undefined) event.nameBefore = fd.path.text;
    else if (thread.lastFd >= 0) this.failedFdLookups++;
  }

  /** Sets the descriptor of a generic event if the sensor recorded it. */
  private leaveGeneric(event: Observed, thread: Thread): void {
    const location = event.length(0) === 2 ? (genericFd[event.u16(0)] ?? -1) : -1;
    if (location < 0 || event.length(location) !== 8) return;
    thread.lastFd = event.i64(location);
    const fd = fdTable(thread)?.get(thread.lastFd);
    event.fd = fd;
    if (fd !== undefined) event.nameBefore = fd.path.text;
    else if (thread.lastFd >= 0) this.failedFdLookups++;
  }

  // ---- for the handlers ----

  /** Returns the thread with the given ID, and creates it if it is unknown. Undefined if the table is full. */
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
      // The event for the start of the thread was dropped, and possibly the event for the start of its parent.
      if (thread.ptid > 0 && this.threads.get(thread.ptid) === undefined) this.newThread(thread.ptid);
      this.threads.addLinked(thread);
      this.flows?.recordAll(thread);
      this.programs?.found(thread);
      this.workloads?.processStarted(this, thread);
      if (this.sessions !== undefined) thread.session = this.threads.get(thread.ptid)?.session;
      if (thread.tid === tid) return thread;
    }
    const thread = new Thread(tid);
    thread.comm = MISSING;
    thread.exe = MISSING;
    return this.threads.addLinked(thread) ? thread : undefined;
  }

  /**
   * Reads the current state of a running thread without descriptors; undefined if it has exited or cannot be read at
   * the moment.
   */
  read(tid: number): ThreadRecord | undefined {
    return this.hooks.lookup?.(tid, true)?.thread;
  }

  /**
   * Decodes the cgroups of a thread in an event; undefined if they are invalid. Users can create cgroups of any depth,
   * and a cgroup without the beginning of its path may look like the cgroup of a container. On a live machine,
   * truncated paths are therefore read again; if the thread has exited, its earlier cgroups or the cgroups of its
   * process or parent are returned.
   */
  cgroupsOf(event: Event, i: number, thread: Thread): Cgroups | undefined {
    const cgroups = this.decoder.cgroups(event, i);
    if (!this.isLive || cgroups === undefined || !isCut(cgroups)) return cgroups;
    const { cgroups: texts = "" } = this.read(thread.tid) ?? {};
    if (texts !== "") return parseCgroups(splitTexts(texts));
    if (thread.cgroups.length > 0) return thread.cgroups;
    return this.threads.get(isMainThread(thread) ? thread.ptid : thread.pid)?.cgroups;
  }

  removeThread(tid: number): void {
    const { flows, past } = this;
    const thread = flows === undefined && past === undefined ? undefined : this.threads.get(tid);
    if (thread !== undefined) past?.exited(thread);
    if (flows === undefined || thread === undefined) this.threads.remove(tid, this.complete);
    else flows.around(thread, () => this.threads.remove(tid, this.complete));
  }

  /** Starts tracking flows. */
  watchFlows(flows: Flows): void {
    this.flows = flows;
    if (this.ready) for (const thread of this.threads.values()) flows.recordAll(thread);
  }

  /** Starts the examination of executables. */
  watchPrograms(programs: Programs): void {
    this.programs = programs;
    if (this.ready) programs.foundAll(this);
  }

  /** Starts detecting workloads. */
  watchWorkloads(workloads: Workloads): void {
    this.workloads = workloads;
    if (this.ready) this.meetWorkloads(workloads);
  }

  /** Closes the descriptor once the event has been evaluated. */
  closeAfter(thread: Thread, fd: number): void {
    this.closing = thread;
    this.closingFd = fd;
    this.pending = true;
  }

  /** Removes a thread once the event has been evaluated. */
  removeAfter(tid: number): void {
    this.exiting = tid;
    this.pending = true;
  }

  /** Sets the table of pods from the API server. From now on, events wait for pods. */
  watchPods(pods: PodTable): void {
    this.pods = pods;
    if (this.ready) for (const thread of this.threads.values()) this.containerOf(thread);
  }

  /** Starts detecting containers, because rules that need them were loaded later. */
  watchContainers(): void {
    if (this.containers) return;
    this.containers = true;
    for (const thread of this.threads.values()) {
      thread.containerId = this.containerOf(thread);
      this.found(thread);
    }
    if (this.workloads !== undefined) this.meetWorkloads(this.workloads);
  }

  /**
   * Short ID of the container in the cgroups of a thread; "" on the host, if containers are not detected, or if the
   * cgroup of a user only has the name of a container. Requests missing metadata of the container and its pod.
   */
  containerOf(thread: Thread): string {
    if (!this.containers) return "";
    const identity = identityOfAll(thread.cgroups);
    const { id } = identity;
    if (id !== "") {
      if (isKnownToRuntimes(identity)) this.containerTable.seen(id, thread);
      else if (this.isLive) this.containerTable.addStated(identity);
    }
    if (this.pods !== undefined && identity.podUid !== "") this.pods.seen(identity.podUid, id);
    if (!this.isLive || id === "") return id; // captures: as in Falco
    return this.claims.isValid(identity, this.containerTable.get(id), this.members.of(id)) ? id : "";
  }

  /** Looks up the accounts for the user and group of a thread. */
  meet(containerId: string, thread: Thread): void {
    if (this.isLive) this.members.seen(containerId, thread);
    this.accountTable.ensureUser(containerId, thread.pid, thread.uid, thread.gid);
    this.accountTable.meetGroup(containerId, thread.pid, thread.gid);
    if (thread.loginuid !== thread.uid) this.accountTable.recordUser(containerId, thread.loginuid);
  }

  /**
   * Records the container of a thread that was already running. Accounts are read later, since there may be thousands
   * of containers.
   */
  private found(thread: Thread): void {
    const { containerId } = thread;
    if (!this.isLive || containerId === "") return;
    this.members.seen(containerId, thread);
    this.readLater(containerId);
  }

  /**
   * Whether a container ends when this process exits. True for the first process of the container, but not for the
   * first process of a PID namespace within it.
   */
  isLastOf(containerId: string, thread: Thread): boolean {
    if (thread.vtid !== 1 || !this.members.isFirst(containerId, thread)) return false;
    const member = this.members.of(containerId);
    return member === undefined || member === thread.pid;
  }

  private readLater(containerId: string): void {
    const isWanted = this.hooks.accounts !== undefined && !this.accountTable.knows(containerId);
    if (isWanted && this.unread.size < MAX_CONTAINERS) this.unread.add(containerId);
  }

  /**
   * Reads the accounts of one container that was already running. Must be called regularly between events. A call takes
   * up to 100 ms for the largest files.
   * @returns whether accounts of other containers must still be read
   */
  readAccounts(): boolean {
    for (const id of this.unread) {
      this.unread.delete(id);
      const thread = this.threads.get(this.members.of(id) ?? -1);
      if (thread === undefined || this.accountTable.knows(id)) continue;
      this.meet(id, thread);
      break;
    }
    return this.unread.size > 0;
  }

  /**
   * Reads the accounts of a container through its first process, because the process of the event may have another
   * root. If they cannot be read there, the process of the event is used.
   */
  private accountsOf(containerId: string, pid: number, look: AccountLookup): AccountRecords | undefined {
    const member = containerId === "" ? undefined : this.members.of(containerId);
    let found = member === undefined ? undefined : look(containerId, member);
    if (found === undefined && member !== pid) found = look(containerId, pid);
    if (found !== "later") return found;
    this.readLater(containerId);
    return undefined;
  }

  /** Resolves an absolute path for a thread; undefined if it cannot be resolved, as in captures. */
  resolve(thread: Thread, path: string): string | undefined {
    const { resolve } = this.hooks;
    const found = resolve?.(thread.pid, path);
    if (found !== undefined || thread.root.length > 1) return found;
    // If the process has exited, another process with the same root is used.
    const other = thread.containerId === "" ? 1 : this.members.of(thread.containerId);
    return other === undefined ? undefined : resolve?.(other, path);
  }

  /** Whether an overlay may be mounted at an absolute path of a thread. True if the process has exited. */
  mayBeOverlay(thread: Thread, path: string): boolean {
    return this.hooks.isOverlay?.(thread.pid, path) !== false;
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
    const { isAlive, quietTime = QUIET_TIME, purgeInterval = PURGE_INTERVAL } = this.hooks;
    const now = event.timeNumber;
    if (event.thread !== undefined) event.thread.lastAccess = now;
    this.descriptorLimit.check(this.threads);
    if (this.nextPurge === 0) this.nextPurge = now + FIRST_PURGE;
    const next = this.threads.isFull ? this.nextPurge - purgeInterval + FULL_PURGE_INTERVAL : this.nextPurge;
    if (now <= Math.min(next, this.nextPurge)) return;
    this.nextPurge = now + purgeInterval;
    for (const thread of [...this.threads.values()]) {
      const gone =
        isIncomplete(thread) ||
        (now > thread.lastAccess + quietTime &&
          isAlive?.(thread.pid, thread.tid, thread.comm, thread.lastAccess) === false);
      if (gone && thread !== event.thread) this.removeThread(thread.tid);
    }
  }
}
