import type { JournalNotice } from "./durable-writer.ts";
import { type Fault, faultOf, JournalHeld, reasonOf } from "./fault.ts";

/** Milliseconds between two attempts to write after a failure. */
const RETRY = 1000;

/** Whether a journal can be written at the moment, and what was not written since it can't. */
export class Stoppage {
  /** Why nothing can be written. */
  fault: Fault | undefined;
  /** Whether alerts may wait for its end: not if another agent, which owns the journal, stores the same alerts. */
  mayWait = false;
  /** Alerts that were written late. */
  late = 0;
  /** Alerts that were not written and will not be. */
  private missed = 0;
  /** Those of the missed alerts for which memory had no room. */
  private noRoom = 0;
  private retryAt = 0;
  private readonly tell: (news: JournalNotice) => void;
  private readonly sinceBoot: () => number;

  /** @param sinceBoot milliseconds that no change of the system clock affects */
  constructor(tell: (news: JournalNotice) => void, sinceBoot: () => number) {
    this.tell = tell;
    this.sinceBoot = sinceBoot;
  }

  /** Whether it is time for an attempt to write. */
  get mayTry(): boolean {
    return this.fault === undefined || this.sinceBoot() >= this.retryAt;
  }

  begin(error: unknown): Fault {
    const fault = faultOf(error);
    this.mayWait = !(error instanceof JournalHeld) && fault !== "foreign";
    if (this.fault !== fault) this.tell({ kind: "stopped", fault, reason: reasonOf(error) });
    this.fault = fault;
    this.retryAt = this.sinceBoot() + RETRY;
    return fault;
  }

  /** Counts alerts that will not be written. @param mightWait whether this is only because memory had no room for them */
  miss(alerts: number, mightWait: boolean): void {
    this.missed += alerts;
    if (!mightWait || alerts === 0) return;
    if (this.noRoom === 0) this.tell({ kind: "overflow" });
    this.noRoom += alerts;
  }

  end(): void {
    if (this.fault === undefined) return;
    this.fault = undefined;
    const { missed, late, noRoom } = this;
    this.missed = 0;
    this.late = 0;
    this.noRoom = 0;
    this.tell({ kind: "resumed", missed, late, noRoom });
  }
}
