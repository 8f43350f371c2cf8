import { type Event, HEADER_SIZE } from "../event/event.ts";
import type { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { mainThread, Thread } from "../machine/thread.ts";

/** Bytes of events that may stand parked. What comes beyond is judged at once. */
const MOST_BYTES = 16 << 20;
/** Ancestors that are remembered with a parked event. */
const GENERATIONS = 16;
/** A parked event takes about so many bytes beside its own. */
const OVERHEAD = 2048;

/** An event that waits, with what was known when it happened. */
interface Parked {
  readonly event: Observed;
  /** Its thread and the thread's ancestors, as they were. */
  readonly lineage: readonly Thread[];
  readonly size: number;
}

/**
 * Events of containers that a runtime was asked about and has not answered yet, whose pod the API server has not told of,
 * or into which somebody came of whom its audit log has not told. They wait for the answer, in their order, as long as the
 * machine's tables have patience; everything else goes past them.
 */
export class WaitingEvents {
  /** Events that were parked so far. */
  parked = 0;
  /** Those of them that were judged without an answer. */
  unanswered = 0;
  /** Those that should have waited, when there was no room. */
  overflowed = 0;
  private readonly machine: Machine;
  private readonly byContainer = new Map<string, Parked[]>();
  private bytes = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Events that wait at the moment. */
  get waiting(): number {
    let count = 0;
    for (const parked of this.byContainer.values()) count += parked.length;
    return count;
  }

  get isEmpty(): boolean {
    return this.byContainer.size === 0;
  }

  /** Parks the event if it has to wait. */
  take(event: Observed): boolean {
    const { thread } = event;
    if (thread === undefined || thread.containerId === "") return false;
    const { containerId } = thread;
    const others = this.byContainer.get(containerId);
    if (others === undefined && !isAwaited(this.machine, containerId)) return false;
    const size = event.size + OVERHEAD;
    if (this.bytes + size > MOST_BYTES) {
      this.overflowed++;
      return false;
    }
    const parked = { event: copyOf(event, thread), lineage: this.lineageOf(thread), size };
    if (others === undefined) this.byContainer.set(containerId, [parked]);
    else others.push(parked);
    this.bytes += size;
    this.parked++;
    return true;
  }

  /** Gives those to `judge` whose waiting is over; at the end (`all`) every one. */
  release(judge: (event: Observed) => void, all = false): void {
    const { containerTable, pods, threads } = this.machine;
    for (const [id, parked] of this.byContainer) {
      if (!all && isAwaited(this.machine, id)) continue;
      this.byContainer.delete(id);
      if (containerTable.get(id) === undefined || pods?.timedOut(id)) this.unanswered += parked.length;
      for (const { event, lineage, size } of parked) {
        this.bytes -= size;
        const [thread] = lineage;
        event.thread = thread;
        threads.during(lineage, () => judge(event));
      }
    }
  }

  /** The thread and its ancestors, each as it is now. */
  private lineageOf(thread: Thread): Thread[] {
    const lineage = [snapshotOf(thread)];
    const main = mainThread(thread);
    let at = main === thread ? this.machine.threads.get(thread.ptid) : main;
    while (at !== undefined && lineage.length < GENERATIONS && !lineage.some(({ tid }) => tid === at?.tid)) {
      lineage.push(snapshotOf(at));
      at = this.machine.threads.get(at.ptid);
    }
    return lineage;
  }
}

/** Whether a runtime, an API server or its audit log may still tell in time of what goes on in a container. */
function isAwaited({ containerTable, pods, sessions }: Machine, id: string): boolean {
  return containerTable.isAwaited(id) || pods?.isAwaited(id) === true || sessions?.isAwaited(id) === true;
}

function snapshotOf(thread: Thread): Thread {
  return Object.assign(new Thread(thread.tid, thread.fds), thread);
}

function copyOf(event: Observed, thread: Thread): Observed {
  const copy = new Observed(event.machine);
  const size = Math.max(event.size, HEADER_SIZE);
  // Numbers of parameters that are not there are read from behind the event.
  const bytes = new Uint8Array(size + 16);
  bytes.set(event.bytes.subarray(event.at, event.at + size));
  copyCursor(event, copy, bytes);
  copy.thread = thread;
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
