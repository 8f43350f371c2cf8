import type { Alert } from "../alert/alert.ts";
import { alertBytes } from "./memory/alert-memory.ts";

/** Approximate size of an alert without its strings, in bytes. */
const OVERHEAD = 512;
/** Total size of pending alerts, in bytes, above which the default folding limits apply. */
const MANY_BYTES = 8 << 20;

/** Approximate memory of an alert in bytes. */
export function bytesOf({ message, parts, json }: Alert): number {
  let bytes = OVERHEAD + message.length;
  if (parts === undefined) return bytes + json.length;
  for (const value of parts.values) bytes += value.length;
  return bytes;
}

/** Raised alerts that are not passed to delivery yet. */
export class PendingAlerts {
  private batch: Alert[] = [];
  private handedAt = Date.now();
  private bytes = 0;
  /** Number of alerts passed to delivery so far. */
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
   * Takes the batch to deliver.
   * @param interval minimum time between batches, in milliseconds
   */
  take(interval: number): readonly Alert[] | undefined {
    if (this.batch.length === 0 || Date.now() - this.handedAt < interval) return undefined;
    const ready = this.batch;
    this.batch = [];
    this.bytes = 0;
    this.handed += ready.length;
    this.handedAt = Date.now();
    return ready;
  }
}
