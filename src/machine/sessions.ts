import type { Document } from "../event/document.ts";
import { identityOfAll } from "./container-id.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { POD_UID } from "./pods.ts";
import { isRuntimesInit } from "./runtimes-init.ts";
import type { PodNames, Session, Visitor } from "./session.ts";
import { isMainThread, mainThread, type Thread } from "./thread.ts";
import { type Visit, visitsOf } from "./visit.ts";

/** Sessions, and visits, that wait for each other at most; and requests that are remembered to have been told of. */
const MOST = 1024;
const MOST_SEEN = 4096;
/** Milliseconds that they wait: an API server may keep audit events for half a minute before it sends them. */
const WINDOW = 60_000;
/** Milliseconds that a process may begin after its request was received, and before: clocks differ. */
const LATE = 30_000;
const EARLY = 2000;
const NEVER = Number.POSITIVE_INFINITY;
/** Kernels tell so many bytes of arguments; what is longer is compared as far as that. */
const TOLD = 4000;

const POD_NAME = "io.kubernetes.pod.name";
const NAMESPACE = "io.kubernetes.pod.namespace";
const CONTAINER_NAME = "io.kubernetes.container.name";

/** Finds out who is behind the processes that are started in pods from outside. */
export class Sessions {
  /** Milliseconds that events wait for an audit event; 0 where none are taken. */
  timeout = 0;
  /** Sessions whose visitor was found. */
  joined = 0;
  /** Requests for which no process was found in time: those to other nodes, too. */
  unmatched = 0;
  private readonly machine: Machine;
  private readonly now: () => number;
  /** Sessions of which nobody has said who they are, the oldest first. */
  private readonly open: Session[] = [];
  private readonly visits: { readonly visit: Visit; readonly heard: number }[] = [];
  /** Requests that were told of, and what ends with them. */
  private readonly seen = new Map<string, (() => void) | undefined>();
  /** When the last session began in a container whose events wait, by the container. */
  private readonly awaited = new Map<string, number>();

  /** @param now milliseconds on any clock */
  constructor(machine: Machine, now: () => number = () => performance.now()) {
    this.machine = machine;
    this.now = now;
  }

  /** Who is behind a thread; undefined where that is not known, or nobody is. */
  of(thread: Thread): Visitor | undefined {
    const { session } = mainThread(thread) ?? thread;
    if (session === undefined) return undefined;
    if (session.visitor === undefined && session.names.pod === "") this.findVisit(session);
    return session.visitor;
  }

  /** A process runs a program: where it was started in a pod from outside, a session begins. */
  processStarted(event: Observed, thread: Thread): void {
    const { containerId, session } = thread;
    if (containerId === "" || session !== undefined || !isMainThread(thread) || isRuntimesInit(thread)) return;
    const { threads } = this.machine;
    if (threads.get(thread.ptid)?.containerId === containerId && thread.vpid !== 1) return;
    const { podUid } = identityOfAll(thread.cgroups);
    const container = this.machine.containerTable.get(containerId);
    if (podUid === "" && container !== undefined && !container.labels.has(POD_UID) && !container.labels.has(POD_NAME))
      return; // in no pod
    const now = this.now();
    const made: Session = {
      ...{ containerId, podUid, command: [thread.exe, ...thread.args], isFirst: thread.vpid === 1 },
      ...{ started: Number(event.time / 1_000_000n), noticed: now },
      ...{ names: this.namesOf(containerId, podUid), visitor: undefined },
    };
    thread.session = made;
    this.expire(now);
    this.open.push(made);
    if (this.open.length > MOST) this.open.shift();
    this.findVisit(made);
    if (made.visitor === undefined && this.timeout > 0 && this.isVisit(made)) this.awaited.set(containerId, now);
  }

  /** An audit event came. */
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
    if (this.seen.size > MOST_SEEN) {
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
      this.visits.push({ visit, heard: now });
      if (this.visits.length > MOST) {
        this.visits.shift();
        this.unmatched++;
      }
    }
  }

  /** Whether it may yet be told in time who is behind something that goes on in a container. */
  isAwaited(containerId: string): boolean {
    if (this.awaited.size === 0) return false;
    const since = this.awaited.get(containerId);
    if (since === undefined) return false;
    if (this.now() - since >= this.timeout) this.awaited.delete(containerId);
    return this.awaited.has(containerId);
  }

  /** Looks for the visit that began a session. */
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
    const told = containerTable.get(containerId)?.labels;
    const known = pods?.get(podUid !== "" ? podUid : (told?.get(POD_UID) ?? ""))?.pod;
    const own = known?.containers.find(({ id }) => id === containerId);
    return {
      namespace: told?.get(NAMESPACE) ?? known?.namespace ?? "",
      pod: told?.get(POD_NAME) ?? known?.name ?? "",
      container: told?.get(CONTAINER_NAME) ?? own?.name ?? "",
    };
  }

  /**
   * Somebody has his hands on the first process of a container: what it does, and what it starts meanwhile, is his, until
   * the request is over.
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

  /** The first process of the container that a visit is to. */
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

  /** Whether a session is one that somebody began: not a container that begins as it should, nor a probe. */
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

  /** What waited too long won't be told any more. */
  private expire(now: number): void {
    while (this.open.length > 0 && now - this.open[0]!.noticed > WINDOW) this.open.shift();
    for (let i = 0; i < this.visits.length; ) {
      if (now - this.visits[i]!.heard <= WINDOW) break;
      this.visits.splice(i, 1);
      this.unmatched++;
    }
  }
}

/** The item at the least distance; undefined where none is at any. */
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
 * How far a session is from what a visit would have begun: milliseconds, more where only the command's end is the same;
 * infinite where it can't be.
 */
function distance(visit: Visit, { started: began, names, command: runs }: Session): number {
  const after = began - visit.at;
  const { namespace, pod, container, command } = visit;
  if (after > LATE || after < -EARLY || names.pod !== pod || names.namespace !== namespace) return NEVER;
  if (command === undefined) return names.container === container ? Math.abs(after) : NEVER; // it was made for it
  if (container !== "" && names.container !== "" && names.container !== container) return NEVER;
  if (isSame(command, runs)) return Math.abs(after);
  return isScript(command, runs) ? LATE + Math.abs(after) : NEVER;
}

/** Of what is very long not everything is told. */
function isSame(asked: readonly string[], runs: readonly string[]): boolean {
  if (asked.length === 0 || asked[0] !== runs[0]) return false;
  const [want, have] = [asked.join("\0"), runs.join("\0")];
  return want === have || (have.length >= TOLD && want.startsWith(have.slice(0, TOLD)));
}

/** A script is run by its interpreter: that stands before its path, with one argument at most. */
function isScript(asked: readonly string[], runs: readonly string[]): boolean {
  const before = runs.length - asked.length;
  if ((before !== 1 && before !== 2) || (before === 2 && runs[1] === "-c")) return false;
  const [program = "", ...rest] = asked;
  const path = runs[before] ?? "";
  const name = program.slice(program.lastIndexOf("/") + 1);
  return name !== "" && path.endsWith(`/${name}`) && rest.every((each, i) => each === runs[before + 1 + i]);
}
