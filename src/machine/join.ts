import type { Document } from "../event/document.ts";
import { flowOf } from "../event/flow.ts";
import { type FlowLimits, Flows, type Found } from "./flows.ts";
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

/** Begins to remember the flows of a machine's processes. */
export function openJoiner(machine: Machine, limits?: FlowLimits): Joiner {
  const flows = new Flows(machine, limits);
  machine.watchFlows(flows);
  const kin = new Kin(machine.threads);
  const seen = machine.seenWith(kin);
  const find = (document: Document["value"]): Found | undefined => {
    const flow = flowOf(document);
    return flow === undefined ? undefined : flows.find(flow);
  };
  return {
    machine: seen,
    join(event) {
      const party = event.document === undefined ? undefined : find(event.document)?.party;
      kin.lineage = party?.lineage ?? NO_KIN;
      seen.info = machine.info;
      seen.bootTime = machine.bootTime;
      seen.firstTime = machine.firstTime;
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
