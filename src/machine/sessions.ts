import type { Document } from "../event/document.ts";
import { identityOfAll } from "./container-id.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { POD_UID } from "./pods.ts";
import { isRuntimesInit } from "./runtimes-init.ts";
import type { PodNames, Session, Visitor } from "./session.ts";
import { isMainThread, mainThread, type Thread } from "./thread.ts";
import { type Visit, visitsOf } from "./visit.ts";

/** Maximum number of waiting sessions and visits, and of stored audit ids. */
const MAX_ENTRIES = 1024;
const MAX_SEEN = 4096;
/** Milliseconds that they wait: an API server may buffer audit events for half a minute. */
const WINDOW = 60_000;
/** Maximum milliseconds between a request and the start of its process: clocks differ. */
const MAX_DELAY = 30_000;
const EARLY = 2000;
const NEVER = Number.POSITIVE_INFINITY;
/** Length of arguments in events; longer commands are compared up to it. */
const MAX_COMMAND = 4000;

const POD_NAME = "io.kubernetes.pod.name";
const NAMESPACE = "io.kubernetes.pod.namespace";
const CONTAINER_NAME = "io.kubernetes.container.name";

/** Attributes processes that are started in pods from outside to users of the API server. */
export class Sessions {
  /** Milliseconds that events wait for an audit event; 0 without an audit log. */
  timeout = 0;
  /** Number of sessions with a visitor. */
  joined = 0;
  /** Number of requests without a process in time, including those to other nodes. */
  unmatched = 0;
  private readonly machine: Machine;
  private readonly now: () => number;
  /** Sessions without a visitor, oldest first. */
  private readonly open: Session[] = [];
  private readonly visits: { readonly visit: Visit; readonly received: number }[] = [];
  /** Audit ids received, and the callback at the end of their request. */
  private readonly seen = new Map<string, (() => void) | undefined>();
  /** Start of the last session in a container with waiting events. */
  private readonly awaited = new Map<string, number>();

  /** @param now milliseconds on any clock */
  constructor(machine: Machine, now: () => number = () => performance.now()) {
    this.machine = machine;
    this.now = now;
  }

  /** The visitor of a thread; undefined if unknown or none. */
  of(thread: Thread): Visitor | undefined {
    const { session } = mainThread(thread) ?? thread;
    if (session === undefined) return undefined;
    if (session.visitor === undefined && session.names.pod === "") this.findVisit(session);
    return session.visitor;
  }

  /** Starts a session if a process that was started in a pod from outside runs a program. */
  processStarted(event: Observed, thread: Thread): void {
    const { containerId, session } = thread;
    if (containerId === "" || session !== undefined || !isMainThread(thread) || isRuntimesInit(thread)) return;
    const { threads } = this.machine;
    if (threads.get(thread.ptid)?.containerId === containerId && thread.vpid !== 1) return;
    const { podUid } = identityOfAll(thread.cgroups);
    const container = this.machine.containerTable.get(containerId);
    if (podUid === "" && container !== undefined && !container.labels.has(POD_UID) && !container.labels.has(POD_NAME))
      return; // outside pods
    const now = this.now();
    const made: Session = {
      ...{ containerId, podUid, command: [thread.exe, ...thread.args], isFirst: thread.vpid === 1 },
      ...{ started: Number(event.time / 1_000_000n), noticed: now },
      ...{ names: this.namesOf(containerId, podUid), visitor: undefined },
    };
    thread.session = made;
    this.expire(now);
    this.open.push(made);
    if (this.open.length > MAX_ENTRIES) this.open.shift();
    this.findVisit(made);
    if (made.visitor === undefined && this.timeout > 0 && this.isVisit(made)) this.awaited.set(containerId, now);
  }

  /** Processes an audit event. */
  audit(document: Document["value"] | undefined): void {
    if (document === undefined) return;
    const visits = visitsOf(document);
    const [first] = visits;
    if (first === undefined) return;
    const { visitor, over } = first;
    const { auditId } = visitor;
    if (this.seen.has(auditId)) {
      if (over) this.seen.get(auditId)?.();
      return;
    }
    this.seen.set(auditId, undefined);
    if (this.seen.size > MAX_SEEN) {
      for (const oldest of this.seen.keys()) {
        this.seen.delete(oldest);
        break;
      }
    }
    const now = this.now();
    this.expire(now);
    for (const visit of visits) {
      if (visitor.kind === "attach") {
        if (!over) this.attach(visit);
        continue;
      }
      const session = nearest(this.open, (session) => distance(visit, session));
      if (session !== undefined) {
        this.join(session, visit);
        continue;
      }
      this.visits.push({ visit, received: now });
      if (this.visits.length > MAX_ENTRIES) {
        this.visits.shift();
        this.unmatched++;
      }
    }
  }

  /** Whether the visitor of a container is pending and not timed out. */
  isAwaited(containerId: string): boolean {
    if (this.awaited.size === 0) return false;
    const since = this.awaited.get(containerId);
    if (since === undefined) return false;
    if (this.now() - since >= this.timeout) this.awaited.delete(containerId);
    return this.awaited.has(containerId);
  }

  /** Finds the visit that started a session. */
  private findVisit(session: Session): void {
    if (this.visits.length === 0) return;
    if (session.names.pod === "") session.names = this.namesOf(session.containerId, session.podUid);
    if (session.names.pod === "") return;
    const found = nearest(this.visits, ({ visit }) => distance(visit, session));
    if (found === undefined) return;
    this.visits.splice(this.visits.indexOf(found), 1);
    this.join(session, found.visit);
  }

  private join(session: Session, { visitor }: Visit): void {
    const { containerId } = session;
    session.visitor = visitor;
    this.joined++;
    this.open.splice(this.open.indexOf(session), 1);
    if (!this.open.some((other) => other.containerId === containerId)) this.awaited.delete(containerId);
  }

  private namesOf(containerId: string, podUid: string): PodNames {
    const { containerTable, pods } = this.machine;
    const labels = containerTable.get(containerId)?.labels;
    const known = pods?.get(podUid !== "" ? podUid : (labels?.get(POD_UID) ?? ""))?.pod;
    const own = known?.containers.find(({ id }) => id === containerId);
    return {
      namespace: labels?.get(NAMESPACE) ?? known?.namespace ?? "",
      pod: labels?.get(POD_NAME) ?? known?.name ?? "",
      container: labels?.get(CONTAINER_NAME) ?? own?.name ?? "",
    };
  }

  /**
   * Handles an attach to the first process of a container: the process and its children belong to the visitor until the
   * request ends.
   */
  private attach(visit: Visit): void {
    const thread = this.firstOf(visit);
    if (thread === undefined) {
      this.unmatched++;
      return;
    }
    const { session: before, containerId } = thread;
    const { podUid } = identityOfAll(thread.cgroups);
    const { visitor } = visit;
    const made: Session = {
      ...{ containerId, podUid, command: [thread.exe, ...thread.args], isFirst: true, started: visit.at },
      ...{ noticed: this.now(), names: this.namesOf(containerId, podUid), visitor },
    };
    thread.session = made;
    this.joined++;
    this.seen.set(visitor.auditId, () => {
      if (thread.session === made) thread.session = before;
    });
  }

  /** The first process of the container of a visit. */
  private firstOf(visit: Visit): Thread | undefined {
    for (const thread of this.machine.threads.values()) {
      const { containerId, vpid, ptid, cgroups } = thread;
      if (containerId === "" || !isMainThread(thread)) continue;
      if (vpid !== 1 && this.machine.threads.get(ptid)?.containerId === containerId) continue;
      if (thread.session !== undefined && !thread.session.isFirst) continue;
      const names = this.namesOf(containerId, identityOfAll(cgroups).podUid);
      if (names.namespace !== visit.namespace || names.pod !== visit.pod) continue;
      if (visit.container === "" || names.container === visit.container) return thread;
    }
    return undefined;
  }

  /** Whether a session was started by a visit, unlike the regular start of a container or a probe. */
  private isVisit(session: Session): boolean {
    if (!session.isFirst) return !this.isProbe(session);
    return this.machine.pods?.get(session.podUid)?.pod.added.has(session.names.container) === true;
  }

  private isProbe({ containerId, podUid, command, names }: Session): boolean {
    const { containerTable, pods } = this.machine;
    const probes = [
      ...(containerTable.get(containerId)?.probes ?? []),
      ...(pods?.get(podUid)?.pod.probes.get(names.container) ?? []),
    ];
    return probes.some(({ exe, args }) => isSame([exe, ...args], command));
  }

  /** Removes sessions and visits older than the window. */
  private expire(now: number): void {
    while (this.open.length > 0 && now - this.open[0]!.noticed > WINDOW) this.open.shift();
    for (let i = 0; i < this.visits.length; ) {
      if (now - this.visits[i]!.received <= WINDOW) break;
      this.visits.splice(i, 1);
      this.unmatched++;
    }
  }
}

/** The item with the smallest distance; undefined if all are infinite. */
function nearest<T>(items: readonly T[], distanceTo: (item: T) => number): T | undefined {
  let found: T | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const distance = distanceTo(item);
    if (distance >= least) continue;
    found = item;
    least = distance;
  }
  return found;
}

/**
 * Distance of a session from a visit: milliseconds, more if only the end of the command matches, infinite if they
 * cannot match.
 */
function distance(visit: Visit, { started: began, names, command: runs }: Session): number {
  const after = began - visit.at;
  const { namespace, pod, container, command } = visit;
  if (after > MAX_DELAY || after < -EARLY || names.pod !== pod || names.namespace !== namespace) return NEVER;
  if (command === undefined) return names.container === container ? Math.abs(after) : NEVER; // the container was created for it
  if (container !== "" && names.container !== "" && names.container !== container) return NEVER;
  if (isSame(command, runs)) return Math.abs(after);
  return isScript(command, runs) ? MAX_DELAY + Math.abs(after) : NEVER;
}

/** Long commands are compared up to their recorded length. */
function isSame(asked: readonly string[], runs: readonly string[]): boolean {
  if (asked.length === 0 || asked[0] !== runs[0]) return false;
  const [want, have] = [asked.join("\0"), runs.join("\0")];
  return want === have || (have.length >= MAX_COMMAND && want.startsWith(have.slice(0, MAX_COMMAND)));
}

/** Whether the command is a script run by its interpreter, which precedes its path with one argument at most. */
function isScript(asked: readonly string[], runs: readonly string[]): boolean {
  const before = runs.length - asked.length;
  if ((before !== 1 && before !== 2) || (before === 2 && runs[1] === "-c")) return false;
  const [program = "", ...rest] = asked;
  const path = runs[before] ?? "";
  const name = program.slice(program.lastIndexOf("/") + 1);
  return name !== "" && path.endsWith(`/${name}`) && rest.every((each, i) => each === runs[before + 1 + i]);
}
