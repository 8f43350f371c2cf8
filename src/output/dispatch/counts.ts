import { noDeliveries, type OutputStatus } from "../../journal/output-status.ts";
import type { OutputTrouble } from "../state.ts";

/** Alert counts of an output since the process started. */
export interface OutputCounts extends OutputTrouble {
  readonly name: string;
  /** Alerts for the output: delivered, lost or in the backlog. */
  readonly alerts: number;
  readonly delivered: number;
  /** Alerts that the receiver permanently rejected. */
  readonly rejected: number;
  /** Alerts that will not be delivered, including rejected alerts. */
  readonly lost: number;
  readonly retries: number;
  /** Size of the backlog, and the time of its oldest alert in nanoseconds since the epoch. */
  readonly waiting: number;
  readonly first: bigint | undefined;
  /** Minimum interval between batches, in milliseconds. */
  readonly interval?: number;
  /** Whether a reload removed the output. */
  readonly removed?: boolean;
}

/** Sums the counts of an output over its queues, oldest queue first. */
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

/** Counts of a stopped queue without its backlog, which the next queue takes over. */
export function withoutBacklog(counts: OutputCounts): OutputCounts {
  return { ...counts, alerts: counts.alerts - counts.waiting, waiting: 0, first: undefined };
}

/** Number of lost alerts by output. Outputs without losses are omitted. */
export function lostOf(counts: readonly OutputCounts[]): ReadonlyMap<string, number> {
  return new Map(counts.filter(({ lost }) => lost > 0).map(({ name, lost }) => [name, lost]));
}

/** Maps counters to keys of the stored status. */
const statusKeys = { delivered: "delivered", rejected: "refused", lost: "lost", retries: "retried" } as const;

/** Counts deliveries of an output, both since the process started and in the status stored in the journal. */
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

  /** @param milliseconds time until the next retry; undefined if none is scheduled */
  retryIn(milliseconds: number | undefined): void {
    const { again: _, ...status } = this.status;
    this.status = milliseconds === undefined ? status : { ...status, again: Date.now() + milliseconds };
    this.changed = true;
  }
}
