import { setTimeout as wait } from "node:timers/promises";
import type { Alert } from "../../alert/alert.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { alertBytes } from "../memory/alert-memory.ts";
import { bytesOf } from "../pending-alerts.ts";

/** Event evaluation pauses if more than this number of alerts, or this total size in bytes, wait to be stored. */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 32 << 20;
/** Number and total size, in bytes, of waiting alerts above which the disk is considered too slow. */
const MANY = 5000;
const MANY_BYTES = 8 << 20;
/**
 * Maximum time for which event evaluation pauses until the journal responds, in milliseconds. After this time, alerts
 * bypass the journal, since a disk that does not respond must not stop detection.
 */
const PATIENCE = 1000;

/** Counts the alerts that wait to be stored in the journal, and decides when alerts bypass the journal. */
export class UnstoredAlerts {
  /** Whether alerts must not be added, since too many wait and the journal does not respond. */
  isBypassing = false;
  /** Number of alerts that have bypassed the journal. */
  bypassed = 0;
  private readonly log: Log;
  private readonly isReplay: boolean;
  private alerts = 0;
  private bytes = 0;

  /** @param isReplay whether to wait for the journal without a time limit, since events in a capture cannot be lost */
  constructor(log: Log, isReplay: boolean) {
    this.log = log;
    this.isReplay = isReplay;
  }

  get isMany(): boolean {
    return this.alerts > MANY || this.bytes > alertBytes(MANY_BYTES);
  }

  private get isFull(): boolean {
    return this.alerts > MAX_WAITING || this.bytes > alertBytes(MAX_WAITING_BYTES);
  }

  /** @returns the size of the batch in bytes */
  add(batch: readonly Alert[]): number {
    const bytes = batch.reduce((sum, alert) => sum + bytesOf(alert), 0);
    this.alerts += batch.length;
    this.bytes += bytes;
    return bytes;
  }

  /** Must be called when the journal has responded to a batch, even if storing the batch failed. */
  remove(batch: readonly Alert[], bytes: number): void {
    this.alerts -= batch.length;
    this.bytes -= bytes;
    if (!this.isBypassing || this.isFull) return;
    this.isBypassing = false;
    this.log(logLines.journalUsedAgain(this.bypassed));
  }

  /**
   * If too many alerts are waiting, waits until the last batch is removed. After a timeout, later alerts bypass the
   * journal.
   */
  async room(last: Promise<unknown>): Promise<void> {
    if (!this.isFull) return;
    await (this.isReplay ? last : Promise.race([last, wait(PATIENCE, undefined, { ref: false })]));
    this.isBypassing = !this.isReplay && this.isFull;
    if (this.isBypassing) this.log(logLines.journalBypassed(this.alerts));
  }
}
