import { EventCode } from "../event/code.ts";
import { type Event, HEADER_SIZE } from "../event/event.ts";
import type { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { isExamined, isUnknown, type Program } from "../machine/program.ts";
import { mainThread, Thread, ThreadGroup } from "../machine/thread.ts";

/** Maximum total size of waiting events, in bytes. At the limit, events are evaluated immediately. */
const MAX_BYTES = 32 << 20;
/** Maximum number of threads stored with a waiting event: its thread and the ancestors of the thread. */
const GENERATIONS = 16;
/**
 * Estimated memory of a waiting event in addition to its bytes, of each copy of a thread, and of each descriptor in the
 * copies of its tables, in bytes.
 */
const [OVERHEAD, THREAD, DESCRIPTOR] = [1024, 768, 8];

/** Maximum total size of events that wait for an examination, in bytes. Above this limit, the oldest are dropped. */
const MAX_DOUBTED_BYTES = 8 << 20;

/** A waiting event and the state of its thread at the time of the event. */
interface DelayedEvent {
  readonly event: Observed;
  /** The event's thread and the ancestors of the thread at that time. */
  readonly lineage: readonly Thread[];
  readonly size: number;
}

/** An event that would match additional rules if its executable were not installed. */
interface Doubted extends DelayedEvent {
  readonly program: Program;
  /** Names of the rules that have already matched the event. */
  readonly matched: ReadonlySet<string>;
}

/**
 * Events that wait for pending enrichment of their container by the runtime, the API server or the audit log. The
 * events of a container wait in order, up to the timeouts of the machine's tables; other events are evaluated
 * immediately. The start of a program also waits for the examination of its executable and for earlier program starts.
 */
export class WaitingEvents {
  /** Number of events that had to wait. */
  delayed = 0;
  /** Number of events that were evaluated without the enrichment that they waited for. */
  unanswered = 0;
  /** Number of events that did not wait, or that {@link doubt} dropped, because a size limit was reached. */
  overflowed = 0;
  /** Fraction of the size limits that applies; less than 1 if the memory limit of the program is small. */
  share = 1;
  private readonly machine: Machine;
  private readonly byContainer = new Map<string, DelayedEvent[]>();
  /** Waiting starts of programs. */
  private starts: DelayedEvent[] = [];
  private doubted: Doubted[] = [];
  private doubtedBytes = 0;
  private bytes = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Number of events that are waiting. */
  get waiting(): number {
    let count = this.starts.length + this.doubted.length;
    for (const delayed of this.byContainer.values()) count += delayed.length;
    return count;
  }

  /** Number of events that were evaluated with the enrichment that they waited for. */
  get answered(): number {
    return this.delayed - this.unanswered - (this.waiting - this.doubted.length);
  }

  /** Whether no event with a timeout is waiting. Events stored by {@link doubt} have no timeout. */
  get isEmpty(): boolean {
    return this.byContainer.size === 0 && this.starts.length === 0;
  }

  /** Whether events stored by {@link doubt} are waiting. */
  get hasDoubted(): boolean {
    return this.doubted.length > 0;
  }

  /** Stores the event if it must wait. @returns whether the event must wait */
  take(event: Observed): boolean {
    const { thread } = event;
    if (thread === undefined) return false;
    const { containerId, program } = thread;
    const isStart =
      event.type === EventCode.EXECVE_19_X && program !== undefined && (this.starts.length > 0 || !isExamined(program));
    if (containerId === "" && !isStart) return false;
    let others = this.byContainer.get(containerId);
    if (others === undefined && (containerId === "" || !isAwaited(this.machine, containerId))) {
      if (!isStart) return false;
      others = this.starts;
    }
    const lineage = this.lineageOf(thread);
    const size = sizeOf(event, lineage);
    if (this.bytes + size > MAX_BYTES * this.share) {
      this.overflowed++;
      return false;
    }
    const delayed = { event: copyOf(event, thread), lineage: copiesOf(lineage), size };
    if (others === undefined) this.byContainer.set(containerId, [delayed]);
    else others.push(delayed);
    this.bytes += size;
    this.delayed++;
    return true;
  }

  /**
   * Stores an evaluated event until its executable is examined, without a timeout. At the limit, the oldest events are
   * dropped.
   * @param matched names of the rules that have already matched the event
   */
  doubt(event: Observed, thread: Thread, program: Program, matched: ReadonlySet<string>): void {
    const lineage = this.lineageOf(thread);
    const size = sizeOf(event, lineage);
    while (this.doubted.length > 0 && this.doubtedBytes + size > MAX_DOUBTED_BYTES * this.share) {
      this.doubtedBytes -= this.doubted.shift()?.size ?? 0;
      this.overflowed++;
    }
    this.doubted.push({ event: copyOf(event, thread), lineage: copiesOf(lineage), size, program, matched });
    this.doubtedBytes += size;
  }

  /** Passes events stored by {@link doubt} to `evaluate` if their executable has been examined. */
  releaseDoubted(evaluate: (event: Observed, program: Program, matched: ReadonlySet<string>) => void): void {
    const { doubted } = this;
    if (!doubted.some(isReady)) return;
    this.doubted = doubted.filter((one) => !isReady(one));
    for (const { event, lineage, size, program, matched } of doubted.filter(isReady)) {
      this.doubtedBytes -= size;
      this.during(event, lineage, () => evaluate(event, program, matched));
    }
  }

  /**
   * Passes events that no longer have to wait to `evaluate`. With `all`, passes every event except the events stored by
   * {@link doubt}.
   */
  release(evaluate: (event: Observed) => void, all = false): void {
    const { containerTable, pods } = this.machine;
    if (this.starts.length > 0) this.releaseStarts(evaluate, all);
    for (const [id, delayed] of this.byContainer) {
      if (!all && isAwaited(this.machine, id)) continue;
      this.byContainer.delete(id);
      if (containerTable.get(id) === undefined || pods?.timedOut(id)) this.unanswered += delayed.length;
      for (const one of delayed) this.pass(one, evaluate);
    }
  }

  private releaseStarts(evaluate: (event: Observed) => void, all: boolean): void {
    const isReady = ({ lineage }: DelayedEvent): boolean => {
      const program = lineage[0]?.program;
      return all || program === undefined || isExamined(program);
    };
    let ready = 0;
    while (ready < this.starts.length && isReady(this.starts[ready]!)) ready++;
    for (const one of this.starts.splice(0, ready)) this.pass(one, evaluate);
  }

  private pass({ event, lineage, size }: DelayedEvent, evaluate: (event: Observed) => void): void {
    this.bytes -= size;
    this.during(event, lineage, () => evaluate(event));
  }

  private during(event: Observed, lineage: readonly Thread[], evaluate: () => void): void {
    const [thread] = lineage;
    event.thread = thread;
    this.machine.threads.during(lineage, evaluate);
  }

  /** Returns a thread and its ancestors. */
  private lineageOf(thread: Thread): Thread[] {
    const lineage = [thread];
    let at = mainThread(thread) === thread ? this.machine.threads.get(thread.ptid) : mainThread(thread);
    while (at !== undefined && lineage.length < GENERATIONS && !lineage.some(({ tid }) => tid === at?.tid)) {
      lineage.push(at);
      at = this.machine.threads.get(at.ptid);
    }
    return lineage;
  }
}

function isReady({ program }: Doubted): boolean {
  return !isUnknown(program);
}

/** Whether enrichment of a container is pending and has not timed out. */
function isAwaited({ containerTable, pods, sessions }: Machine, id: string): boolean {
  return containerTable.isAwaited(id) || pods?.isAwaited(id) === true || sessions?.isAwaited(id) === true;
}

/** Estimates the memory of a waiting event, in bytes. */
function sizeOf(event: Observed, lineage: readonly Thread[]): number {
  const [thread] = lineage;
  const main = thread && mainThread(thread);
  // The copy of a thread other than the main thread refers to an additional copy of the main thread.
  const tables = thread === main ? [thread?.fds] : [thread?.fds, main?.fds, main?.fds];
  const descriptors = tables.reduce((sum, table) => sum + (table?.length ?? 0), 0);
  return event.size + OVERHEAD + THREAD * lineage.length + DESCRIPTOR * descriptors;
}

/** Copies a thread with its descriptors, and its ancestors. */
function copiesOf(lineage: readonly Thread[]): Thread[] {
  const main = lineage[0] && mainThread(lineage[0]);
  return lineage.map((thread, i) => snapshotOf(thread, i === 0 || thread === main));
}

/**
 * Copies a thread and, if it is not the main thread, also the main thread of its process, which may exit.
 * @param hasDescriptors whether to copy the descriptors, which rules can compare with the descriptor of the event
 */
function snapshotOf(thread: Thread, hasDescriptors: boolean): Thread {
  const fds = hasDescriptors ? thread.fds.snapshot() : thread.fds;
  const copy = Object.assign(new Thread(thread.tid, fds), thread, { fds });
  const main = mainThread(thread);
  if (main !== undefined && main !== thread && copy.group !== undefined) {
    copy.group = Object.assign(new ThreadGroup(copy.group.pid, copy.group.reaper), copy.group, {
      main: snapshotOf(main, hasDescriptors),
    });
  }
  return copy;
}

function copyOf(event: Observed, thread: Thread): Observed {
  const copy = new Observed(event.machine);
  const size = Math.max(event.size, HEADER_SIZE);
  // Reading a missing number accesses memory after the event.
  const bytes = new Uint8Array(size + 16);
  bytes.set(event.bytes.subarray(event.at, event.at + size));
  copyCursor(event, copy, bytes);
  copy.thread = thread;
  if (event.fd !== undefined) event.fd.shared = true; // the machine copies it before it changes it
  copy.fd = event.fd;
  copy.fdNum = event.fdNum;
  copy.nameBefore = event.nameBefore;
  copy.fdNameChanged = event.fdNameChanged;
  return copy;
}

function copyCursor(event: Event, copy: Event, bytes: Uint8Array): void {
  copy.place(bytes, new DataView(bytes.buffer), 0, event.cpu, event.lengthSize);
  copy.num = event.num;
  copy.flags = event.flags;
}
