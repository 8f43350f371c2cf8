import type { Entry } from "../alert/entry.ts";
import { isAboutRows } from "./fault.ts";
import { idMaker } from "./id.ts";
import type { RecoveringWriter } from "./recovering-writer.ts";
import { WaitingAlerts } from "./waiting-alerts.ts";

/** Maximum alerts per transaction. */
const BATCH = 500;

/** Keeps alerts in memory while the journal cannot be written, and writes them later under the same IDs. */
export class LateWriter {
  /** Sequence number of the newest alert before those that wait. */
  after = 0;
  private readonly recovery: RecoveringWriter;
  private readonly written: (kept: number, refused: number, invalid: number) => void;
  private readonly waiting = new WaitingAlerts();
  private nextId = idMaker(undefined);
  private lastId: Uint8Array | undefined;

  /**
   * @param written called with the number of alerts that were written, of those that no longer have room, and of those that
   * can never be written
   */
  constructor(recovery: RecoveringWriter, written: LateWriter["written"]) {
    this.recovery = recovery;
    this.written = written;
  }

  /** Number of alerts that wait. */
  get length(): number {
    return this.waiting.length;
  }

  /** Reads the newest position and ID while the journal is open. */
  remember(): void {
    this.after = this.recovery.current?.last ?? this.after;
    this.lastId = this.recovery.current?.lastId ?? this.lastId;
  }

  /** Keeps the alerts from index `from` on. @returns the IDs of all; undefined for those before, and for those without room */
  hold(entries: readonly Entry[], from: number): (Uint8Array | undefined)[] {
    this.remember();
    if (this.length === 0) this.nextId = idMaker(this.lastId);
    return entries.map((entry, i) => (i < from ? undefined : this.waiting.add(entry, this.nextId)));
  }

  /** Writes the alerts that wait. Throws errors of SQLite. */
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
        // One by one, until the alert is found that prevents the others.
        if (most === 1) this.drop();
        most = most === 1 ? BATCH : 1;
      }
    }
  }

  /** Removes the alerts that wait. @returns their number */
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
