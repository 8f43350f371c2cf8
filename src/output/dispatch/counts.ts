import { noDeliveries, type OutputStatus } from "../../journal/output-status.ts";

/** Alerts of one output since the process started. */
export interface OutputCounts {
  readonly name: string;
  /** Alerts for it: delivered, lost or waiting. */
  readonly alerts: number;
  readonly delivered: number;
  /** Permanently rejected by the receiver. */
  readonly rejected: number;
  /** Alerts that will not be delivered: rejected ones, and those that did not fit in memory or journal. */
  readonly lost: number;
  readonly retries: number;
  /** Its backlog, and the time of the oldest alert there: nanoseconds since the epoch. */
  readonly waiting: number;
  readonly first: bigint | undefined;
  /** Least milliseconds between two batches, where the output has an interval. */
  readonly interval?: number;
}

/** Counts of an output over several queues, older ones first. */
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

/** Counts of a queue that has stopped: its backlog is another one's now. */
export function withoutBacklog(counts: OutputCounts): OutputCounts {
  return { ...counts, alerts: counts.alerts - counts.waiting, waiting: 0, first: undefined };
}

/** Lost alerts by output, without outputs that lost none. */
export function lostOf(counts: readonly OutputCounts[]): ReadonlyMap<string, number> {
  return new Map(counts.filter(({ lost }) => lost > 0).map(({ name, lost }) => [name, lost]));
}

/** What is counted, and the key of the stored status for it. */
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
