import type { Alert } from "../alert/alert.ts";
import { alertBytes } from "./memory/alert-memory.ts";

/** Approximate memory that an alert uses without its strings, in bytes. */
const OVERHEAD = 512;
/** Total size of pending alerts above which the default folding limits apply, in bytes. */
const MANY_BYTES = 8 << 20;

/** Approximate memory that an alert uses, in bytes. */
export function bytesOf({ message, parts, json }: Alert): number {
  let bytes = OVERHEAD + message.length;
  if (parts === undefined) return bytes + json.length;
  for (const value of parts.values) bytes += value.length;
  return bytes;
}

/** Raised alerts that have not been passed to the delivery. */
export class PendingAlerts {
  private batch: Alert[] = [];
  private handedAt = performance.now();
  private bytes = 0;
  /** Total number of alerts passed to the delivery. */
  handed = 0;

  readonly add = (alert: Alert): void => {
    this.batch.push(alert);
    this.bytes += bytesOf(alert);
  };

  get isEmpty(): boolean {
    return this.batch.length === 0;
  }

  get isLarge(): boolean {
    return this.bytes > alertBytes(MANY_BYTES);
  }

  /**
   * Removes and returns all alerts; returns undefined if there are none, or if the last batch is more recent than
   * `interval`.
   * @param interval minimum time between batches, in milliseconds
   */
  take(interval: number): readonly Alert[] | undefined {
    if (this.batch.length === 0 || performance.now() - this.handedAt < interval) return undefined;
    const ready = this.batch;
    this.batch = [];
    this.bytes = 0;
    this.handed += ready.length;
    this.handedAt = performance.now();
    return ready;
  }
}
