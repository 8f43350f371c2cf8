import type { Entry } from "../alert/entry.ts";
import { isAboutRows } from "./fault.ts";
import { idMaker } from "./id.ts";
import type { RecoveringWriter } from "./recovering-writer.ts";
import { WaitingAlerts } from "./waiting-alerts.ts";

/** Maximum number of alerts per transaction. */
const BATCH = 500;

/**
 * Keeps alerts in memory while the journal cannot be written. Writes them later with the IDs that they got in memory.
 */
export class LateWriter {
  /** Sequence number of the last written alert before the waiting alerts. */
  after = 0;
  private readonly recovery: RecoveringWriter;
  private readonly written: (kept: number, refused: number, invalid: number) => void;
  private readonly waiting = new WaitingAlerts();
  private nextId = idMaker(undefined);
  private lastId: Uint8Array | undefined;

  /**
   * @param written called with the number of written alerts, of alerts for which the journal has no space, and of
   * invalid alerts
   */
  constructor(recovery: RecoveringWriter, written: LateWriter["written"]) {
    this.recovery = recovery;
    this.written = written;
  }

  /** Number of waiting alerts. */
  get length(): number {
    return this.waiting.length;
  }

  /** Updates the last sequence number and ID from the open journal. */
  remember(): void {
    this.after = this.recovery.current?.last ?? this.after;
    this.lastId = this.recovery.current?.lastId ?? this.lastId;
  }

  /**
   * Keeps the alerts from index `from` on in memory.
   * @returns the ID of each alert; undefined for earlier alerts and if the memory is full
   */
  hold(entries: readonly Entry[], from: number): (Uint8Array | undefined)[] {
    this.remember();
    if (this.length === 0) this.nextId = idMaker(this.lastId);
    return entries.map((entry, i) => (i < from ? undefined : this.waiting.add(entry, this.nextId)));
  }

  /** Writes the waiting alerts. Throws SQLite errors. */
  write(): void {
    let most = BATCH;
    while (this.length > 0) {
      const { entries, ids: given } = this.waiting.first(most);
      const ids: (Uint8Array | undefined)[] = [];
      try {
        this.recovery.attempt((one) => one.append(entries, ids, given));
        this.settle(ids);
      } catch (error) {
        this.settle(ids);
        if (!isAboutRows(error)) throw error;
        // Writes alerts one by one until it finds the invalid alert, which is dropped.
        if (most === 1) this.drop();
        most = most === 1 ? BATCH : 1;
      }
    }
  }

  /** Discards the waiting alerts. @returns the number of discarded alerts */
  giveUp(): number {
    const { length } = this;
    this.waiting.remove(length);
    return length;
  }

  private settle(ids: readonly (Uint8Array | undefined)[]): void {
    if (ids.length === 0) return;
    const kept = ids.filter((id) => id !== undefined).length;
    this.waiting.remove(ids.length);
    this.written(kept, ids.length - kept, 0);
  }

  private drop(): void {
    this.waiting.remove(1);
    this.written(0, 0, 1);
  }
}
