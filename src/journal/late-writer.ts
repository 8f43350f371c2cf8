import type { Entry } from "../alert/entry.ts";
import { isAboutRows } from "./fault.ts";
import { idMaker } from "./id.ts";
import type { RecoveringWriter } from "./recovering-writer.ts";
import { WaitingAlerts } from "./waiting-alerts.ts";

/** Maximum number of alerts per transaction. */
const BATCH = 500;

/** Keeps alerts in memory while the journal cannot be written, and writes them later with the same IDs. */
export class LateWriter {
  /** Sequence number of the newest alert before the waiting ones. */
  after = 0;
  private readonly recovery: RecoveringWriter;
  private readonly written: (kept: number, refused: number, invalid: number) => void;
  private readonly waiting = new WaitingAlerts();
  private nextId = idMaker(undefined);
  private lastId: Uint8Array | undefined;

  /**
   * @param written called with the number of written alerts, of alerts without space in the journal, and of invalid
   *   alerts
   */
  constructor(recovery: RecoveringWriter, written: LateWriter["written"]) {
    this.recovery = recovery;
    this.written = written;
  }

  /** Number of waiting alerts. */
  get length(): number {
    return this.waiting.length;
  }

  /** Stores the newest position and ID of the open journal. */
  remember(): void {
    this.after = this.recovery.current?.last ?? this.after;
    this.lastId = this.recovery.current?.lastId ?? this.lastId;
  }

  /**
   * Keeps the alerts from index `from` on. @returns the ID of each alert; undefined for earlier ones and without space
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
        // Writes single alerts until the one that causes the error is found and dropped.
        if (most === 1) this.drop();
        most = most === 1 ? BATCH : 1;
      }
    }
  }

  /** Removes the waiting alerts. @returns the number of removed alerts */
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
