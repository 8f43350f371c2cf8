import { noDeliveries, type OutputStatus } from "../../journal/output-status.ts";

/** Alert counts of one output since the process started. */
export interface OutputCounts {
  readonly name: string;
  /** Alerts for the output: delivered, lost or waiting. */
  readonly alerts: number;
  readonly delivered: number;
  /** Permanently rejected by the receiver. */
  readonly rejected: number;
  /** Alerts that will not be delivered: rejected ones, and those that did not fit in memory or journal. */
  readonly lost: number;
  readonly retries: number;
  /** Backlog, and the time of its oldest alert: nanoseconds since the epoch. */
  readonly waiting: number;
  readonly first: bigint | undefined;
  /** Minimum milliseconds between two batches of an output with an interval. */
  readonly interval?: number;
}

/** Counts of an output, summed over several queues, oldest first. */
export function sumOf(counts: readonly OutputCounts[]): OutputCounts {
  return counts.reduce((before, now) => ({
    ...now,
    alerts: before.alerts + now.alerts,
    delivered: before.delivered + now.delivered,
    rejected: before.rejected + now.rejected,
    lost: before.lost + now.lost,
    retries: before.retries + now.retries,
    waiting: before.waiting + now.waiting,
    first: before.first ?? now.first,
  }));
}

/** Counts of a stopped queue: its backlog belongs to the next queue. */
export function withoutBacklog(counts: OutputCounts): OutputCounts {
  return { ...counts, alerts: counts.alerts - counts.waiting, waiting: 0, first: undefined };
}

/** Lost alerts by output, without outputs that lost none. */
export function lostOf(counts: readonly OutputCounts[]): ReadonlyMap<string, number> {
  return new Map(counts.filter(({ lost }) => lost > 0).map(({ name, lost }) => [name, lost]));
}

/** Keys of the stored status by counter. */
const statusKeys = { delivered: "delivered", rejected: "refused", lost: "lost", retries: "retried" } as const;

/** Counts deliveries of an output: since the process started, and in the status that the journal stores. */
export class OutputCounter {
  readonly counts = { delivered: 0, rejected: 0, lost: 0, retries: 0 };
  status: OutputStatus = noDeliveries;
  /** Whether the status changed since it was last stored. */
  changed = false;

  add(what: keyof typeof statusKeys, alerts: number): void {
    this.counts[what] += alerts;
    const key = statusKeys[what];
    this.status = { ...this.status, [key]: this.status[key] + alerts };
    this.changed = true;
  }

  failed(reason: string): void {
    this.status = { ...this.status, error: reason, failed: Date.now() };
  }

  /** @param milliseconds until the next retry; undefined: none is due */
  retryIn(milliseconds: number | undefined): void {
    const { again: _, ...status } = this.status;
    this.status = milliseconds === undefined ? status : { ...status, again: Date.now() + milliseconds };
    this.changed = true;
  }
}
