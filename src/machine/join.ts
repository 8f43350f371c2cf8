import type { Document } from "../event/document.ts";
import { type Flow, flowOf, IpNumber } from "../event/flow.ts";
import { type FlowLimits, type FlowOwner, Flows } from "./flows.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import type { Thread } from "./thread.ts";
import { ThreadTable } from "./threads.ts";

/** Attributes events from document sources to processes. */
export interface Joiner {
  /** View of the machine for these events, in which the ancestors of exited processes can still be found. */
  readonly machine: Machine;
  /** Sets the thread of an event to the process that owns the flow of its document. */
  join(event: Observed): void;
  /** Whether the owner of the document's flow is known. True if the document has no flow. */
  isKnown(document: Document["value"]): boolean;
}

export interface JoinOptions extends FlowLimits {
  /**
   * Returns a function that reads the current ends of a socket by PID and descriptor number. Needed for connects that
   * stay pending for a long time. Not available for captures.
   */
  readonly lookAtSockets?: () => (pid: number, fd: number) => Flow | undefined;
}

/** Time budget for reading sockets, in milliseconds per second. A search that has begun may exceed it. */
const BUDGET = 50;

/** Starts tracking the flows of a machine's processes. */
export function openJoiner(machine: Machine, options: JoinOptions = {}): Joiner {
  const { lookAtSockets, ...limits } = options;
  const flows = new Flows(machine, limits);
  machine.watchFlows(flows);
  const relatives = new LineageTable(machine.threads);
  const seen = machine.seenWith(relatives);
  const find = (document: Document["value"]): FlowOwner | undefined => {
    const flow = flowOf(document);
    return flow === undefined ? undefined : flows.find(flow);
  };
  let periodBegan = Number.NEGATIVE_INFINITY;
  let spent = 0;

  /** Searches the current sockets for the flow of a document. */
  function search(document: Document["value"]): FlowOwner | undefined {
    const flow = flowOf(document);
    if (lookAtSockets === undefined || flow?.protocol !== IpNumber.TCP) return undefined;
    const began = performance.now();
    if (began - periodBegan >= 1000) {
      periodBegan = began;
      spent = 0;
    }
    if (spent > BUDGET) return undefined;
    const found = flows.search(flow, lookAtSockets());
    spent += performance.now() - began;
    return found ? flows.find(flow) : undefined;
  }

  return {
    machine: seen,
    join(event) {
      const { document } = event;
      const party = document === undefined ? undefined : (find(document) ?? search(document))?.process;
      relatives.lineage = party?.lineage ?? NO_LINEAGE;
      seen.catchUp(machine);
      event.thread = party?.thread;
      event.tid = party?.thread.tid ?? -1;
    },
    isKnown: (document) => flowOf(document) === undefined || find(document) !== undefined,
  };
}

/**
 * Attributes events to threads.
 * @param lineageOf returns the thread of a document and its ancestors, which may have exited; empty if unknown
 */
export function openLineageJoiner(
  machine: Machine,
  lineageOf: (document: Document["value"]) => readonly Thread[],
): Pick<Joiner, "machine" | "join"> {
  const relatives = new LineageTable(machine.threads);
  const seen = machine.seenWith(relatives);
  return {
    machine: seen,
    join(event) {
      const { document } = event;
      const lineage = document === undefined ? NO_LINEAGE : lineageOf(document);
      relatives.lineage = lineage;
      seen.catchUp(machine);
      event.thread = lineage[0];
      event.tid = lineage[0]?.tid ?? -1;
    },
  };
}

const NO_LINEAGE: readonly Thread[] = [];

/** The threads of the machine. Threads of `lineage`, which may have exited, take precedence. */
class LineageTable extends ThreadTable {
  lineage: readonly Thread[] = NO_LINEAGE;
  private readonly living: ThreadTable;

  constructor(living: ThreadTable) {
    super();
    this.living = living;
  }

  override get(tid: number): Thread | undefined {
    for (const thread of this.lineage) if (thread.tid === tid) return thread;
    return this.living.get(tid);
  }

  override get size(): number {
    return this.living.size;
  }

  override values(): MapIterator<Thread> {
    return this.living.values();
  }
}
