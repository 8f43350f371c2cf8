import type { Alert } from "../alert/alert.ts";

/** Raised alerts that are not passed to delivery yet. */
export class PendingAlerts {
  private batch: Alert[] = [];
  private handedAt = Date.now();
  /** Alerts passed to delivery so far. */
  handed = 0;

  readonly add = (alert: Alert): void => {
    this.batch.push(alert);
  };

  get isEmpty(): boolean {
    return this.batch.length === 0;
  }

  /**
   * Takes the batch to deliver.
   * @param interval minimum milliseconds between two batches
   */
  take(interval: number): readonly Alert[] | undefined {
    if (this.batch.length === 0 || Date.now() - this.handedAt < interval) return undefined;
    const ready = this.batch;
    this.batch = [];
    this.handed += ready.length;
    this.handedAt = Date.now();
    return ready;
  }
}
