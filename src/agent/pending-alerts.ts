import type { Alert } from "../alert/alert.ts";

/** Alerts that were raised and are not handed to delivery yet. */
export class PendingAlerts {
  private batch: Alert[] = [];
  private handedAt = Date.now();
  /** Alerts handed to delivery so far. */
  handed = 0;

  readonly add = (alert: Alert): void => {
    this.batch.push(alert);
  };

  get isEmpty(): boolean {
    return this.batch.length === 0;
  }

  /**
   * The batch to deliver, once.
   * @param interval milliseconds since the last batch before which there is none
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
