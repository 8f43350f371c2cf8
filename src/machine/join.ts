import type { Document } from "../event/document.ts";
import { type Flow, flowOf, IpNumber } from "../event/flow.ts";
import { type FlowLimits, type FlowOwner, Flows } from "./flows.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import type { Thread } from "./thread.ts";
import { ThreadTable } from "./threads.ts";

/** Tells whose doing an event of another source is. */
export interface Joiner {
  /** The machine as such events see it: the ancestors of a process that has ended are still there. */
  readonly machine: Machine;
  /** Finds the process that has the flow of the document at hand, and makes it the event's. */
  join(event: Observed): void;
  /** Whether somebody is known to have a document's flow, or it has none. */
  isKnown(document: Document["value"]): boolean;
}

export interface JoinOptions extends FlowLimits {
  /**
   * Opens a look at the ends of sockets as they are now (the process's id, the descriptor's number), for calls that have
   * been connecting for long. Of recordings there is nothing to look at.
   */
  readonly lookAtSockets?: () => (pid: number, fd: number) => Flow | undefined;
}

/** Milliseconds of each second that may go into such looks. */
const BUDGET = 50;

/** Begins to remember the flows of a machine's processes. */
export function openJoiner(machine: Machine, options: JoinOptions = {}): Joiner {
  const { lookAtSockets, ...limits } = options;
  const flows = new Flows(machine, limits);
  machine.watchFlows(flows);
  const kin = new Kin(machine.threads);
  const seen = machine.seenWith(kin);
  const find = (document: Document["value"]): FlowOwner | undefined => {
    const flow = flowOf(document);
    return flow === undefined ? undefined : flows.find(flow);
  };
  let periodBegan = Number.NEGATIVE_INFINITY;
  let spent = 0;

  /** Looks for a flow among the sockets that there are. */
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
      kin.lineage = party?.lineage ?? NO_KIN;
      seen.catchUp(machine);
      event.thread = party?.thread;
      event.tid = party?.thread.tid ?? -1;
    },
    isKnown: (document) => flowOf(document) === undefined || find(document) !== undefined,
  };
}

const NO_KIN: readonly Thread[] = [];

/** The machine's threads, and before them those of one lineage that may be gone from it. */
class Kin extends ThreadTable {
  lineage: readonly Thread[] = NO_KIN;
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
