import type { Document } from "../event/document.ts";
import { identityOfAll } from "./container-id.ts";
import { type ExecRequest, execRequestsOf } from "./exec-request.ts";
import { distanceOf, isSameCommand, MAX_DEBUG_DELAY } from "./exec-request-distance.ts";
import { ExecRequests } from "./exec-requests.ts";
import type { Machine } from "./machine.ts";
import { matchExecRequests } from "./match-exec-requests.ts";
import type { Observed } from "./observed.ts";
import { POD_UID } from "./pods.ts";
import { isRuntimesInit } from "./runtimes-init.ts";
import type { PodNames, Requester, Session } from "./session.ts";
import { isMainThread, mainThread, type Thread } from "./thread.ts";

/** Maximum number of containers with recent sessions. */
const MAX_CONTAINERS = 4096;
/** Maximum number of recent sessions of a container. */
const MAX_RECENT = 64;
/** Maximum number of stored attaches. */
const MAX_ATTACHES = 1024;
/**
 * How long sessions can be matched with exec requests, in milliseconds. An API server may buffer audit events for half
 * a minute.
 */
const WINDOW = 60_000;
/** Interval between two removals of old sessions and exec requests, in milliseconds. */
const SWEEP = 1000;
/** Maximum time by which the clock of an API server is assumed to be ahead, in milliseconds. */
const MAX_LEAD = 300_000;

const POD_NAME = "io.kubernetes.pod.name";
const NAMESPACE = "io.kubernetes.pod.namespace";
const CONTAINER_NAME = "io.kubernetes.container.name";

/** A process to which users attached. */
interface Attached {
  readonly thread: Thread;
  /** The session of the process before the first attach. */
  readonly before: Session | undefined;
  requesters: readonly Requester[];
}

/** Clocks in milliseconds. `now` has any origin; `wall` counts since the epoch. */
interface Clocks {
  readonly now: () => number;
  readonly wall: () => number;
}

/** Attributes processes that were started in pods from outside to users of the API server. */
export class Sessions {
  /** How long events wait for an audit event, in milliseconds; 0 without an audit log. */
  timeout = 0;
  /** Number of sessions with at least one known user. */
  joined = 0;
  /** Number of requests for which no process was found in time, including requests to other nodes. */
  unmatched = 0;
  private readonly machine: Machine;
  private readonly clocks: Clocks;
  /** Sessions to which later audit events may belong, by container, oldest first. */
  private readonly recent = new Map<string, Session[]>();
  private readonly execRequests = new ExecRequests((execRequest) => this.forget(execRequest));
  /** Users to whom sessions were attributed. */
  private readonly matched = new WeakSet<Requester>();
  /** Processes to which users are attached. */
  private readonly attached = new Map<Thread, Attached>();
  /** Functions that end an attach, by request. */
  private readonly attaches = new Map<string, () => void>();
  /** Detection time of the last session, for each container whose events wait. */
  private readonly awaited = new Map<string, number>();
  /** Time at which old sessions and exec requests were last removed. */
  private expired = Number.NEGATIVE_INFINITY;
  /** Time by which the clock of the API server was ahead in the last minute, in milliseconds. */
  private lead = 0;
  /** Time at which `lead` was measured, on the clock of `now`. */
  private leadSince = Number.NEGATIVE_INFINITY;

  constructor(machine: Machine, clocks: Partial<Clocks> = {}) {
    this.machine = machine;
    this.clocks = { now: () => performance.now(), wall: Date.now, ...clocks };
  }

  /** The session of a thread; undefined if there is none. */
  of(thread: Thread): Session | undefined {
    const { session } = mainThread(thread) ?? thread;
    if (session !== undefined && session.names.pod === "") this.learnNames(session);
    return session;
  }

  /** Starts a session if a process that was started in a pod from outside executes a program. */
  processStarted(event: Observed, thread: Thread): void {
    const { containerId, session } = thread;
    if (containerId === "" || session !== undefined || !isMainThread(thread) || isRuntimesInit(thread)) return;
    const { threads } = this.machine;
    if (threads.get(thread.ptid)?.containerId === containerId && thread.vpid !== 1) return;
    const { podUid } = identityOfAll(thread.cgroups);
    const container = this.machine.containerTable.get(containerId);
    if (podUid === "" && container !== undefined && !container.labels.has(POD_UID) && !container.labels.has(POD_NAME))
      return; // the container is not in a pod
    const now = this.clocks.now();
    const made: Session = {
      ...{ containerId, podUid, command: [thread.exe, ...thread.args], isFirst: thread.vpid === 1 },
      ...{ started: Number(event.time / 1_000_000n), noticed: now },
      ...{ names: this.namesOf(containerId, podUid), requesters: NO_REQUESTERS, isCertain: false },
    };
    thread.session = made;
    this.expire(now);
    this.remember(made);
    this.match(made.names);
    if (!made.isCertain && this.timeout > 0 && this.isFromRequest(made)) this.awaited.set(containerId, now);
  }

  /** Processes an audit event. */
  audit(document: Document["value"] | undefined): void {
    if (document === undefined) return;
    const execRequests = execRequestsOf(document);
    const [first] = execRequests;
    if (first === undefined) return;
    const now = this.clocks.now();
    this.expire(now);
    const { at, stated, over, requester } = first;
    this.noteClock(stated - this.clocks.wall(), now);
    if (requester.kind === "attach") {
      const key = `${requester.auditId} ${requester.user} ${at}`;
      if (over) this.detach(key);
      else if (!this.attaches.has(key)) for (const execRequest of execRequests) this.attach(key, execRequest);
      return;
    }
    if (over && stated - at > WINDOW && requester.kind === "exec") return; // its start was reported earlier
    let isNew = false;
    for (const execRequest of execRequests) isNew = this.execRequests.add(execRequest, now) || isNew;
    if (isNew) this.match(first);
  }

  /** Whether events of a container must wait, because the user of a session is pending and has not timed out. */
  isAwaited(containerId: string): boolean {
    if (this.awaited.size === 0) return false;
    const since = this.awaited.get(containerId);
    if (since === undefined) return false;
    if (this.clocks.now() - since >= this.timeout) this.awaited.delete(containerId);
    return this.awaited.has(containerId);
  }

  private noteClock(ahead: number, now: number): void {
    if (ahead < this.lead && now - this.leadSince < WINDOW) return;
    this.lead = Math.min(MAX_LEAD, Math.max(0, ahead));
    this.leadSince = now;
  }

  private remember(session: Session): void {
    const { containerId } = session;
    const recent = this.recent.get(containerId) ?? [];
    this.recent.delete(containerId); // keeps the order by age
    this.recent.set(containerId, recent);
    if (recent.length >= MAX_RECENT) {
      const probe = recent.findIndex((one) => this.isProbe(one));
      recent.splice(Math.max(0, probe), 1);
    }
    recent.push(session);
    if (this.recent.size > MAX_CONTAINERS)
      for (const oldest of this.recent.keys()) return void this.recent.delete(oldest);
  }

  /** Attributes the recent sessions of a pod to the exec requests of the pod. */
  private match({ namespace, pod }: Pick<PodNames, "namespace" | "pod">): void {
    if (pod === "" || this.execRequests.size === 0) return;
    const execRequests = this.execRequests.of(namespace, pod);
    if (execRequests.length === 0) return;
    const sessions = this.sessionsIn(namespace, pod);
    const distance = (execRequest: ExecRequest, session: Session): number =>
      distanceOf(execRequest, session, this.lead, this.machine.pods?.get(session.podUid)?.pod);
    for (const [i, { execRequests: own, isCertain }] of matchExecRequests(sessions, execRequests, distance).entries()) {
      const session = sessions[i];
      if (session === undefined || (own.length === 0 && session.requesters.length === 0)) continue;
      if (session.requesters.length === 0) this.joined++;
      for (const { requester } of own) this.matched.add(requester);
      session.requesters = own.map(({ requester }) => requester);
      session.isCertain = isCertain && own.length > 0;
    }
    for (const id of new Set(sessions.map(({ containerId }) => containerId))) this.settle(id);
  }

  private sessionsIn(namespace: string, pod: string): readonly Session[] {
    const found: Session[] = [];
    for (const recent of this.recent.values()) {
      const [first] = recent;
      if (first === undefined) continue;
      if (first.names.pod === "") this.rename(recent);
      if (first.names.pod === pod && first.names.namespace === namespace) found.push(...recent);
    }
    return found.slice(-MAX_RECENT);
  }

  /** Ends the wait of a container's events if none of its sessions still waits for a user. */
  private settle(containerId: string): void {
    if (!this.awaited.has(containerId)) return;
    const limit = this.clocks.now() - this.timeout;
    const isOpen = (one: Session): boolean => !one.isCertain && one.noticed > limit && this.isFromRequest(one);
    if (this.recent.get(containerId)?.some(isOpen) !== true) this.awaited.delete(containerId);
  }

  /**
   * Called when an exec request is removed. Sessions remain attributed to the request, but the request is no longer
   * matched with other sessions.
   */
  private forget({ requester }: ExecRequest): void {
    if (!this.matched.has(requester)) {
      this.unmatched++;
      return;
    }
    for (const [id, recent] of this.recent) {
      const others = recent.filter(({ requesters }) => !requesters.includes(requester));
      if (others.length === 0) this.recent.delete(id);
      else if (others.length < recent.length) this.recent.set(id, others);
    }
  }

  private learnNames(session: Session): void {
    session.names = this.namesOf(session.containerId, session.podUid);
    const recent = this.recent.get(session.containerId);
    if (session.names.pod === "" || recent?.includes(session) !== true) return;
    this.rename(recent);
    this.match(session.names);
  }

  private rename(recent: readonly Session[]): void {
    for (const session of recent) session.names = this.namesOf(session.containerId, session.podUid);
  }

  private namesOf(containerId: string, podUid: string): PodNames {
    const { containerTable, pods } = this.machine;
    const stated = containerTable.get(containerId)?.labels;
    const labelUid = stated?.get(POD_UID) ?? "";
    // If a container does not belong to the pod in its cgroup, its labels were not set by a kubelet.
    const labels = podUid !== "" && labelUid !== "" && labelUid !== podUid ? undefined : stated;
    const known = pods?.get(podUid !== "" ? podUid : labelUid)?.pod;
    const own = known?.containers.find(({ id }) => id === containerId);
    return {
      namespace: labels?.get(NAMESPACE) ?? known?.namespace ?? "",
      pod: labels?.get(POD_NAME) ?? known?.name ?? "",
      container: labels?.get(CONTAINER_NAME) ?? own?.name ?? "",
    };
  }

  /**
   * Handles an attach to the first process of a container. The session of the process and its children is attributed to
   * the user until the request ends. During simultaneous attaches, the session is attributed to all attached users.
   */
  private attach(key: string, execRequest: ExecRequest): void {
    const thread = this.firstOf(execRequest);
    if (thread === undefined) {
      this.unmatched++;
      return;
    }
    const { requester } = execRequest;
    const attached = this.attached.get(thread) ?? { thread, before: thread.session, requesters: NO_REQUESTERS };
    this.attached.set(thread, attached);
    this.setAttached(attached, [...attached.requesters, requester], execRequest.at);
    this.joined++;
    this.attaches.set(key, () =>
      this.setAttached(
        attached,
        attached.requesters.filter((each) => each !== requester),
        execRequest.at,
      ),
    );
    if (this.attaches.size > MAX_ATTACHES) for (const oldest of this.attaches.keys()) return void this.detach(oldest);
  }

  private detach(key: string): void {
    this.attaches.get(key)?.();
    this.attaches.delete(key);
  }

  private setAttached(attached: Attached, requesters: readonly Requester[], started: number): void {
    attached.requesters = requesters;
    const { thread, before } = attached;
    if (requesters.length === 0) {
      thread.session = before;
      this.attached.delete(thread);
      return;
    }
    const { containerId } = thread;
    const { podUid } = identityOfAll(thread.cgroups);
    thread.session = {
      ...{ containerId, podUid, command: [thread.exe, ...thread.args], isFirst: true, started, requesters },
      ...{ noticed: this.clocks.now(), names: this.namesOf(containerId, podUid), isCertain: true },
    };
  }

  /** The first process of the container that an exec request refers to. */
  private firstOf(execRequest: ExecRequest): Thread | undefined {
    for (const thread of this.machine.threads.values()) {
      const { containerId, vpid, ptid, cgroups } = thread;
      if (containerId === "" || !isMainThread(thread)) continue;
      if (vpid !== 1 && this.machine.threads.get(ptid)?.containerId === containerId) continue;
      if (thread.session !== undefined && !thread.session.isFirst) continue;
      const names = this.namesOf(containerId, identityOfAll(cgroups).podUid);
      if (names.namespace !== execRequest.namespace || names.pod !== execRequest.pod) continue;
      if (execRequest.container === "" || names.container === execRequest.container) return thread;
    }
    return undefined;
  }

  /** Whether a session must belong to an exec request: it is neither a probe nor the regular start of a container. */
  private isFromRequest(session: Session): boolean {
    if (!session.isFirst) return !this.isProbe(session);
    return this.machine.pods?.get(session.podUid)?.pod.added.has(session.names.container) === true;
  }

  private isProbe({ containerId, podUid, command, names }: Session): boolean {
    const { containerTable, pods } = this.machine;
    const probes = [
      ...(containerTable.get(containerId)?.probes ?? []),
      ...(pods?.get(podUid)?.pod.probes.get(names.container) ?? []),
    ];
    return probes.some(({ exe, args }) => isSameCommand([exe, ...args], command));
  }

  /** Removes sessions and requests that are older than their window, which is longer for first processes and `debug`. */
  private expire(now: number): void {
    if (now - this.expired < SWEEP) return;
    this.expired = now;
    for (const [id, recent] of this.recent) {
      const limit = recent[0]?.isFirst === true ? MAX_DEBUG_DELAY : WINDOW;
      let over = 0;
      while (over < recent.length && now - recent[over]!.noticed > limit) over++;
      if (over === recent.length) this.recent.delete(id);
      else recent.splice(0, over);
    }
    this.execRequests.expire(now);
  }
}

const NO_REQUESTERS: readonly Requester[] = [];
