import type { QueueListener } from "./queue.ts";

/** Delivery events that the dispatcher reports. */
export type DeliveryEvent =
  | { readonly kind: "failing" | "rejected" | "warning" | "ended"; readonly output: string; readonly reason: string }
  /**
   * Deliveries fail until an administrator fixes the cause. `isNew`: whether this is the first failure since a success.
   */
  | { readonly kind: "blocked"; readonly output: string; readonly reason: string; readonly isNew: boolean }
  /** The output has not responded for this many milliseconds. */
  | { readonly kind: "slow"; readonly output: string; readonly milliseconds: number }
  | { readonly kind: "recovered"; readonly output: string }
  | { readonly kind: "lost"; readonly output: string; readonly alerts: number; readonly reason: string }
  | { readonly kind: "backlog"; readonly output: string; readonly alerts: number };

/** Minimum interval between reports of one kind about one output, in milliseconds. */
const INTERVAL = 10_000;

/** Rate-limits the reports of queues. */
export class DeliveryReports {
  private readonly report: (event: DeliveryEvent) => void;
  private readonly failing = new Set<string>();
  /** Outputs with a failure that an administrator must fix. */
  private readonly blocked = new Set<string>();
  private readonly reportedAt = new Map<string, number>();
  /** Lost alerts that have not been reported yet. */
  private readonly lost = new Map<string, { alerts: number; reason: string }>();

  constructor(report: (event: DeliveryEvent) => void) {
    this.report = report;
  }

  /** Returns the reporting part of a queue's listener. */
  of(output: string): Omit<QueueListener, "deadLetters" | "ended"> {
    return {
      failing: (reason, needsFix) => this.fail(needsFix ? "blocked" : "failing", output, reason),
      warning: (reason) => this.report({ kind: "warning", output, reason }),
      slow: (milliseconds) => {
        if (this.isDue(`slow ${output}`)) this.report({ kind: "slow", output, milliseconds });
      },
      recovered: () => this.recover(output),
      rejected: (_, reason) => {
        if (this.isDue(output)) this.report({ kind: "rejected", output, reason });
      },
      lost: (alerts, reason) => this.lose(output, alerts, reason),
    };
  }

  /** Reports losses that have not been reported yet. */
  flush(): void {
    for (const [output, lost] of this.lost) this.report({ kind: "lost", output, ...lost });
    this.lost.clear();
  }

  private fail(kind: "failing" | "blocked", output: string, reason: string): void {
    const isNew = kind === "blocked" && !this.blocked.has(output);
    if (!this.isDue(output, isNew)) return;
    this.failing.add(output);
    if (kind === "blocked") this.blocked.add(output);
    this.report(kind === "blocked" ? { kind, output, reason, isNew } : { kind, output, reason });
  }

  private recover(output: string): void {
    if (this.failing.delete(output)) this.report({ kind: "recovered", output });
    this.blocked.delete(output);
    this.reportedAt.delete(output);
  }

  private lose(output: string, alerts: number, reason: string): void {
    const before = this.lost.get(output)?.alerts ?? 0;
    const lost = { alerts: before + alerts, reason };
    this.lost.set(output, lost);
    if (!this.isDue(`lost ${output}`)) return;
    this.lost.delete(output);
    this.report({ kind: "lost", output, ...lost });
  }

  private isDue(what: string, isNew = false): boolean {
    const now = performance.now();
    if (!isNew && now - (this.reportedAt.get(what) ?? Number.NEGATIVE_INFINITY) < INTERVAL) return false;
    this.reportedAt.set(what, now);
    return true;
  }
}
