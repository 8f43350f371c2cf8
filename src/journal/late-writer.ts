import type { Entry } from "../alert/entry.ts";
import { isAboutRows } from "./fault.ts";
import { idMaker, idText } from "./id.ts";
import type { RecoveringWriter } from "./recovering-writer.ts";
import type { Reserve } from "./reserve.ts";
import { WaitingAlerts } from "./waiting-alerts.ts";

/** Maximum number of alerts per transaction. */
const BATCH = 500;

/** Events of a {@link LateWriter}. */
export interface LateEvents {
  /**
   * Called with the content of the reserve that the previous process left, except alerts that the previous process has
   * written to the journal.
   */
  restored(alerts: number, unreadable: number): void;
  written(result: LateResult): void;
}

/** Numbers of alerts that no longer wait. */
export interface LateResult {
  /** Written alerts. */
  readonly kept: number;
  /** Alerts for which the journal has no space. */
  readonly refused: number;
  readonly invalid: number;
}

/**
 * Keeps alerts in memory, and as many as possible in the reserve, while the journal cannot be written. Writes them later
 * with the IDs that they got in memory. Alerts that the previous process left in the reserve are written first.
 */
export class LateWriter {
  /** Sequence number of the last written alert before the waiting alerts. */
  after = 0;
  private readonly recovery: RecoveringWriter;
  private readonly reserve: Reserve;
  private readonly events: LateEvents;
  private readonly waiting: WaitingAlerts;
  private nextId = idMaker(undefined);
  private lastId: Uint8Array | undefined;
  /** Number of the lock with which the reserve was read. */
  private lock: number | undefined;
  /** Number of waiting alerts from the reserve that the previous process may have written. */
  private unchecked = 0;
  private unreadable = 0;

  /** @param reserve the reserve of the journal, which is only used while this process has the lock */
  constructor(recovery: RecoveringWriter, reserve: Reserve, events: LateEvents) {
    this.recovery = recovery;
    this.reserve = reserve;
    this.events = events;
    this.waiting = new WaitingAlerts(reserve);
  }

  /** Number of waiting alerts. */
  get length(): number {
    return this.waiting.length;
  }

  /** Number of waiting alerts that are also in the reserve. */
  get reserved(): number {
    return this.waiting.reserved;
  }

  /** Adds the alerts that the previous process left in the reserve, as soon as this process has the lock. */
  restore(): void {
    const { lockNumber } = this.recovery;
    if (lockNumber === this.lock) return;
    this.lock = undefined;
    this.reserve.close(); // another process may have used the file
    const found = lockNumber === undefined ? undefined : this.reserve.open();
    if (found === undefined) return;
    this.lock = lockNumber;
    this.unchecked = this.waiting.restore(found.alerts);
    this.unreadable = found.unreadable;
    const newest = this.waiting.newestId();
    if (newest !== undefined) this.nextId = idMaker(newest);
    this.reserve.sync();
  }

  /** Allocates the reserve if necessary. */
  prepare(): void {
    if (this.lock !== undefined && this.length === 0) this.reserve.prepare();
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
    this.restore();
    this.remember();
    if (this.length === 0) this.nextId = idMaker(this.lastId);
    const ids = entries.map((entry, i) => (i < from ? undefined : this.waiting.add(entry, this.nextId)));
    this.reserve.sync();
    return ids;
  }

  /** Writes the waiting alerts. Throws SQLite errors. */
  write(): void {
    if (this.lock === undefined || this.lock !== this.recovery.lockNumber) this.open();
    if (this.unchecked > 0 || this.unreadable > 0) this.removeWritten();
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
    this.reserve.clear();
  }

  /**
   * Discards the waiting alerts. The next process writes the alerts that are in the reserve.
   * @returns the numbers of alerts that are lost, and of alerts in the reserve
   */
  giveUp(): { readonly lost: number; readonly reserved: number } {
    const { length, reserved } = this;
    this.waiting.remove(length);
    this.reserve.close();
    return { lost: length - reserved, reserved };
  }

  private open(): void {
    try {
      this.recovery.open();
    } finally {
      this.restore(); // this process can have the lock even if the file cannot be opened
    }
  }

  /**
   * Removes the alerts that the previous process wrote to the journal before it could empty the reserve. That process
   * wrote the alerts in order, so they are the first waiting alerts, and the newest alerts in the journal.
   */
  private removeWritten(): void {
    const { ids } = this.waiting.first(this.unchecked);
    const newest = this.recovery.attempt((one) => {
      const reader = one.reader();
      return new Set(reader.read(reader.last() - ids.length, ids.length).map(({ id }) => id));
    });
    const written = ids.findLastIndex((id) => newest.has(idText(id))) + 1;
    this.waiting.remove(written);
    const [alerts, unreadable] = [this.unchecked - written, this.unreadable];
    this.unchecked = 0;
    this.unreadable = 0;
    if (alerts + unreadable > 0) this.events.restored(alerts, unreadable);
  }

  private settle(ids: readonly (Uint8Array | undefined)[]): void {
    if (ids.length === 0) return;
    const kept = ids.filter((id) => id !== undefined).length;
    this.waiting.remove(ids.length);
    this.events.written({ kept, refused: ids.length - kept, invalid: 0 });
  }

  private drop(): void {
    this.waiting.remove(1);
    this.events.written({ kept: 0, refused: 0, invalid: 1 });
  }
}
