import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { type ActionEntry, actionColumns, actionIn, actionValues, rowOf } from "./action-entry.ts";
import { isMigrated } from "./schema.ts";
import { STATE_LOG } from "./space.ts";
import { openSuspensions } from "./suspensions.ts";
import { lastSwitch, type SwitchChange } from "./switch.ts";

/** A started action, which counts towards rate limits and budgets. */
export interface StartedAction {
  /** Sequence number of the alert in the journal. */
  readonly seq: number;
  readonly response: string;
  readonly place: number;
  readonly action: string;
  readonly target: string | undefined;
  readonly scope: string | undefined;
  readonly state: ActionEntry["state"];
  readonly asked: number;
  /** Whether the alert was received from another installation. */
  readonly received: boolean;
}

/** Writes the action log. Methods return when the data is on disk, and throw SQLite errors. */
export interface ActionLogWriter {
  /**
   * Inserts or updates entries, and stores the position of the responder, in one transaction.
   * @returns false if nothing was written: a position without entries is not stored while a reader keeps the
   *   write-ahead log full
   */
  write(steps: readonly ActionEntry[], place?: { readonly name: string; readonly seq: number }): boolean;
  /** Entries of actions that have not ended, ordered by ID. */
  open(): ActionEntry[];
  /** Actions that started since a time (in milliseconds since the epoch), in order of their start, without dry runs. */
  askedSince(time: number): StartedAction[];
  /** The largest ID of an entry; 0 if there is none. */
  lastId(): number;
  switch(): SwitchChange | undefined;
  close(): void;
}

/**
 * Opens the action log of a journal for writing.
 * @returns undefined if there is no journal
 * @throws SQLite errors, ForeignJournal
 */
export function openActionLogWriter(file: string): ActionLogWriter | undefined {
  if (!existsSync(file)) return undefined; // SQLite would create a file that other users can read
  const db = new DatabaseSync(file, { timeout: 5000 });
  try {
    if (isMigrated(db, file)) return writerOn(db, file);
    db.close();
    return undefined;
  } catch (error) {
    db.close();
    throw error;
  }
}

function writerOn(db: DatabaseSync, file: string): ActionLogWriter {
  db.exec("PRAGMA synchronous = FULL");
  const put = db.prepare(`INSERT OR REPLACE INTO response (${actionColumns}) VALUES (${actionValues})`);
  const suspensions = openSuspensions(db);
  const setPosition = db.prepare("INSERT OR REPLACE INTO position VALUES (?, ?, ?)");
  const open = db.prepare(`SELECT ${actionColumns} FROM response WHERE state IN ('waiting', 'asked') ORDER BY id`);
  const asked = db.prepare(
    `SELECT r.seq, r.response, r.place, r.action, r.target, r.scope, r.state, r.asked, a.received
      FROM response r LEFT JOIN alert a ON a.seq = r.seq WHERE r.asked >= ? AND r.dry = 0 ORDER BY r.asked, r.id`,
  );
  const stateLog = db.prepare("SELECT value FROM state WHERE name = ?");
  const logSize = (): number => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const last = db.prepare("SELECT max(id) AS last FROM response");
  return {
    write(steps, place) {
      if (steps.length === 0 && logSize() > Number(stateLog.get(STATE_LOG)?.value ?? Number.POSITIVE_INFINITY))
        return false;
      db.exec("BEGIN IMMEDIATE");
      try {
        for (const step of steps) {
          put.run(...rowOf(step));
          suspensions.record(step);
        }
        if (place !== undefined) setPosition.run(place.name, place.seq, Date.now());
        db.exec("COMMIT");
        return true;
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    open: () =>
      open
        .all()
        .map(actionIn)
        .filter((step) => step !== undefined),
    askedSince: (time) =>
      asked.all(time).flatMap((row) => {
        const step = actionIn({ ...row, id: 0, attempt: 1, key: "", dry: 0, time: 0 });
        return step === undefined ? [] : [{ ...step, asked: Number(row.asked), received: row.received === 1 }];
      }),
    lastId: () => Number(last.get()?.last ?? 0),
    switch: () => lastSwitch(db),
    close: () => db.close(),
  };
}
