import type { JournalNotice } from "./durable-writer.ts";
import { type Fault, faultOf, JournalHeld, reasonOf } from "./fault.ts";

/** Delay before a failed write is retried, in milliseconds. */
const RETRY = 1000;

/** Tracks whether the journal can be written, and the number of alerts that could not be written. */
export class Stoppage {
  /** Why the journal cannot be written; undefined while it can be written. */
  fault: Fault | undefined;
  /**
   * Whether alerts may wait in memory until the journal can be written. False if another agent has the journal open,
   * because that agent stores the same alerts, or if the file belongs to another program or a newer version.
   */
  mayWait = false;
  /** Number of alerts that waited in memory and were written later. */
  private late = 0;
  /** Number of alerts that were not written and will not be written. */
  private missed = 0;
  /** Number of missed alerts that could not wait because the memory was full. */
  private noRoom = 0;
  private retryAt = 0;
  private readonly notify: (news: JournalNotice) => void;
  private readonly sinceBoot: () => number;

  /** @param sinceBoot returns milliseconds since boot, which changes to the system clock do not affect */
  constructor(notify: (news: JournalNotice) => void, sinceBoot: () => number) {
    this.notify = notify;
    this.sinceBoot = sinceBoot;
  }

  /** Whether an attempt to write is due. */
  get mayTry(): boolean {
    return this.fault === undefined || this.sinceBoot() >= this.retryAt;
  }

  begin(error: unknown): Fault {
    const fault = faultOf(error);
    this.mayWait = !(error instanceof JournalHeld) && fault !== "foreign";
    if (this.fault !== fault) this.notify({ kind: "stopped", fault, reason: reasonOf(error) });
    this.fault = fault;
    this.retryAt = this.sinceBoot() + RETRY;
    return fault;
  }

  /**
   * Counts alerts that will not be written.
   * @param mightWait whether the alerts would have waited if the memory had not been full
   */
  miss(alerts: number, mightWait: boolean): void {
    this.missed += alerts;
    if (!mightWait || alerts === 0) return;
    if (this.noRoom === 0) this.notify({ kind: "overflow" });
    this.noRoom += alerts;
  }

  /**
   * Counts alerts that waited: alerts that were written, and invalid alerts, which will not be written. If there was no
   * fault, the alerts are from the previous process.
   */
  written(kept: number, invalid: number): void {
    if (this.fault === undefined) return;
    this.late += kept;
    this.missed += invalid;
  }

  end(): void {
    if (this.fault === undefined) return;
    this.fault = undefined;
    const { missed, late, noRoom } = this;
    this.missed = 0;
    this.late = 0;
    this.noRoom = 0;
    this.notify({ kind: "resumed", missed, late, noRoom });
  }
}
