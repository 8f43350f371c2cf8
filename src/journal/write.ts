import { accessSync, constants } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Entry } from "../alert/entry.ts";
import { type ActionEntry, actionColumns, actionValues, rowOf } from "./action-entry.ts";
import { openAppender } from "./append.ts";
import { openAutoClose } from "./auto-close.ts";
import { openBackgroundRows } from "./background-rows.ts";
import { damaged, faultOf, isInvalidRow, isReadOnly, reasonOf } from "./fault.ts";
import { timeOfId } from "./id.ts";
import { openIdentities } from "./identities.ts";
import type { Progress } from "./output-status.ts";
import { openProgress } from "./progress.ts";
import { type Reader, readerOn } from "./read.ts";
import { type Limits, openRetention, type Retention } from "./retention.ts";
import { openRows } from "./row.ts";
import { BUCKET, GAP, MAX_SEQ, migrate, pragma, versionOf } from "./schema.ts";
import { openSpace, type Space, STATE_LOG } from "./space.ts";
import { openSuspensions } from "./suspensions.ts";
import type { SwitchChange } from "./switch.ts";
import { openWords } from "./words.ts";

/**
 * Tables that recovery copies without changes: triage, comments, audit log, process lineages, explanations, suspended
 * targets, identities of alerts, bulk changes, triage of groups, and cases.
 */
export const copiedTables = [
  "triage",
  "comment",
  "deed",
  "process",
  "plan",
  "behind",
  "suspension",
  "identity",
  "bulk_change",
  "group_change",
  "case_change",
] as const;
export type CopiedTable = (typeof copiedTables)[number];

/** Writes a journal. The caller must hold the lock. Methods throw SQLite errors. */
export interface Writer {
  /**
   * Writes alerts, which are on disk when the call returns. With a size limit, this may take several transactions.
   * @param ids receives the ID of each alert that is on disk, in order; undefined for an alert for which there is no
   * space
   * @param given IDs of the alerts, if they already have IDs
   */
  append(
    entries: readonly Entry[],
    ids?: (Uint8Array | undefined)[],
    given?: readonly Uint8Array[],
  ): readonly (Uint8Array | undefined)[];
  /**
   * Writes a recovered alert with its original sequence number and ID.
   * @returns false if the number is already in use
   */
  restore(seq: number, id: Uint8Array, entry: Entry): boolean;
  /** Reserves all sequence numbers up to `seq`, so that new alerts get larger numbers. */
  reserve(seq: number): void;
  /** Writes recovered entries of the action log, and the last change that paused or resumed responses. */
  restoreActions(steps: readonly ActionEntry[], change: SwitchChange | undefined): void;
  /** Writes recovered rows to a table. Skips rows that already exist or are invalid. */
  restoreRows(table: CopiedTable, rows: readonly Readonly<Record<string, SQLInputValue>>[]): void;
  /** Runs `work` in one transaction. */
  transaction<T>(work: () => T): T;
  /** Stores the position of a reader. */
  setPosition(name: string, seq: number): void;
  /**
   * Stores the status and dead letters of outputs in one transaction. Keeps them in memory while a reader keeps the
   * write-ahead log full.
   */
  saveProgress(progress: Progress): void;
  /** Whether positions and states may be written now. False while a reader keeps the write-ahead log full. */
  hasRoomForState(): boolean;
  /** Stores a number in the table `state`. */
  setState(name: string, value: number): void;
  deleteState(name: string): void;
  /** The rows in the table `state` with names that begin with a prefix. */
  states(prefix: string): ReadonlyMap<string, number>;
  /**
   * Checks the whole database for damage. Takes a few seconds per gigabyte.
   * @returns a description of the first damage; undefined if there is none
   */
  check(): string | undefined;
  /** A reader that uses the same connection. */
  reader(): Reader;
  readonly retention: Retention;
  /**
   * Last known time at which the previous process was running, in milliseconds since the epoch; 0 if unknown. Undefined
   * if that process closed the journal.
   */
  readonly killed: number | undefined;
  readonly last: number;
  /** The largest ID of all alerts. */
  readonly lastId: Uint8Array | undefined;
  /** Number of pages of the database. */
  pages(): number;
  /** Total size of all files, in bytes. */
  size(): number;
  /** Sets new limits. */
  limit(limits: Limits): void;
  /**
   * Deletes expired alerts, and shrinks a database that is too large, until `isOver` returns true.
   * @returns whether there is more to delete
   */
  enforceLimits(now: number, isOver: () => boolean): boolean;
  /** Deletes some alerts of the largest groups. @returns the number of deleted alerts */
  makeRoom(): number;
  /** Returns the number of alerts deleted because of the limits since the last call. */
  takeDropped(): number;
  /** Time when the oldest alert was written, in milliseconds since the epoch; undefined if there is none. */
  oldest(): number | undefined;
  close(): void;
}

/** Number of alerts to delete at once to make space for recovered alerts. */
const RECOVERY_ROOM = 500;
/** Size of SQLite's page cache, in KiB. */
const CACHE = 8000;
/**
 * Opens a journal for writing.
 * @param file path of the database, which is created if it is missing
 * @throws SQLite errors, ForeignJournal
 */
export function openWriter(file: string, limits: Limits): Writer {
  const db = new DatabaseSync(file, { timeout: 5000 });
  try {
    return writerOn(db, file, limits);
  } catch (error) {
    db.close();
    throw isReadOnly(error) && isWritable(file)
      ? damaged("its header specifies a format that cannot be written")
      : error;
  }
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK); // also fails on a read-only file system
    return true;
  } catch {
    return false;
  }
}

/**
 * Migrates a journal to the current schema. Checks the whole file if the previous process did not close the journal.
 * @returns the last known time at which the previous process was running; undefined if it closed the journal
 */
function prepareFile(db: DatabaseSync, file: string): number | undefined {
  versionOf(db, file); // throws before the first change if the database belongs to another program
  db.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA cache_size = -${CACHE}; PRAGMA temp_store = MEMORY`);
  migrate(db, file);
  const killed = stateOf(db, "clean") === 0 ? stateOf(db, "alive") : undefined;
  const trouble = killed === undefined ? undefined : troubleIn(db);
  if (trouble !== undefined) throw damaged(trouble);
  return killed;
}

function writerOn(db: DatabaseSync, file: string, limits: Limits): Writer {
  const killed = prepareFile(db, file);
  const words = openWords(db);
  const rows = openRows(db, words);
  const behind = openBackgroundRows(db);
  const autoClose = openAutoClose(db);
  const retention = openRetention(db, words, behind, limits);
  const space = openSpace(db, file, retention, remove);
  space.limit(limits.maxSize);
  let dropped = 0;
  let written: (readonly SQLInputValue[])[] = [];
  const setState = db.prepare("INSERT OR REPLACE INTO state VALUES (?, ?)");
  const progress = openProgress(db, together, space.hasRoomForState);
  const span = db.prepare(`INSERT INTO span VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET first = min(first, ?2), last = max(last, ?3)`);
  const exists = db.prepare("SELECT 1 FROM alert WHERE seq = ?");
  const addGap = db.prepare("INSERT OR REPLACE INTO gap VALUES (?, (SELECT ifnull(max(version), 0) + 1 FROM gap))");
  /** Start of the range of the last alert that this transaction restored; -1 if there is none. */
  let restoredBase = -1;
  const first = db.prepare("SELECT id FROM alert ORDER BY seq LIMIT 1");
  setState.run("clean", 0);
  setState.run(STATE_LOG, space.stateLog);
  db.exec("PRAGMA wal_checkpoint(PASSIVE)"); // so that the data survives a deletion of the log

  function together<T>(work: () => T): T {
    db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      db.exec("COMMIT");
      retention.added(written);
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      words.forget();
      rows.forget();
      behind.forget();
      throw error;
    } finally {
      restoredBase = -1;
      written = [];
    }
  }

  /** Deletes alerts in one transaction. @returns the number of deleted alerts */
  function remove(work: () => number): number {
    try {
      const removed = together(work);
      dropped += removed;
      return removed;
    } catch (error) {
      retention.forget();
      throw error;
    }
  }

  function insert(seq: number, id: Uint8Array, entry: Entry): void {
    written.push(rows.insert(seq, id, entry));
    if (entry.background !== undefined) behind.insert(seq, entry.background);
    span.run(entry.time / BUCKET, seq, seq);
  }

  const newest = exact(db.prepare("SELECT seq, id FROM alert ORDER BY seq DESC LIMIT 1")).get();
  const appender = openAppender({
    lastId: newest?.id instanceof Uint8Array ? newest.id : undefined,
    next: plausible(Math.max(stateOf(db, "next"), Number(newest?.seq ?? 0) + 1)),
    ...{ space, isRare: retention.isRare, transaction: together, insert, identities: openIdentities(db) },
    inserted: autoClose.apply, // not for recovered alerts, which have their own triage
  });

  return {
    transaction: together,
    retention,
    get last() {
      return appender.next - 1;
    },
    get lastId() {
      return appender.lastId;
    },
    append(entries, ids, given) {
      autoClose.refresh();
      return appender.append(entries, ids, given);
    },
    restore(seq, id, entry) {
      if (exists.get(seq) !== undefined) return false;
      insert(seq, id, entry);
      appender.restored(seq, id);
      const base = Math.floor(seq / GAP) * GAP;
      if (base !== restoredBase) addGap.run(base); // readers load the range again
      restoredBase = db.isTransaction ? base : -1;
      return true;
    },
    reserve: appender.reserve,
    ...rowRestorer(db, together),
    hasRoomForState: space.hasRoomForState,
    ...progress,
    ...inspector(db, setState),
    killed,
    ...limiter(retention, space, remove, progress.flushIfRoom, () => setState.run(STATE_LOG, space.stateLog)),
    makeRoom: () => remove(() => retention.makeRoom(RECOVERY_ROOM)),
    takeDropped() {
      const before = dropped;
      dropped = 0;
      return before;
    },
    oldest() {
      const id = first.get()?.id;
      return id instanceof Uint8Array ? timeOfId(id) : undefined;
    },
    close() {
      try {
        progress.flush();
        setState.run("next", appender.next);
        setState.run("clean", 1);
      } finally {
        db.close();
      }
    },
  };
}

/** Creates the methods that keep the journal within its limits. */
function limiter(
  retention: Retention,
  space: Space,
  remove: (work: () => number) => number,
  flush: () => void,
  limited: () => void,
): Pick<Writer, "size" | "limit" | "enforceLimits"> {
  return {
    size: space.size,
    limit(limits) {
      retention.limit(limits);
      space.limit(limits.maxSize);
      limited();
    },
    enforceLimits(now, isOver) {
      flush();
      while (remove(() => retention.step(now)) > 0) {
        space.committed();
        if (isOver()) return true;
      }
      return space.shrink(isOver);
    },
  };
}

/** Creates the methods for the table `state`, the number of pages, readers and checks. */
function inspector(
  db: DatabaseSync,
  setState: StatementSync,
): Pick<Writer, "setState" | "deleteState" | "states" | "pages" | "reader" | "check"> {
  const dropState = db.prepare("DELETE FROM state WHERE name = ?");
  return {
    setState: (name, value) => void setState.run(name, value),
    deleteState: (name) => void dropState.run(name),
    states: (prefix) => statesOf(db, prefix),
    pages: () => pragma(db, "page_count"),
    reader: () => readerOn(db),
    check: () => troubleIn(db),
  };
}

/** Creates the methods that write recovered data. */
function rowRestorer(
  db: DatabaseSync,
  transaction: Writer["transaction"],
): Pick<Writer, "restoreActions" | "restoreRows"> {
  const putStep = db.prepare(`INSERT OR REPLACE INTO response (${actionColumns}) VALUES (${actionValues})`);
  const suspensions = openSuspensions(db);
  const turn = db.prepare("INSERT INTO response_switch (time, paused, who, reason) VALUES (?, ?, ?, ?)");
  return {
    restoreActions(steps, change) {
      transaction(() => {
        for (const step of steps) {
          putStep.run(...rowOf(step));
          suspensions.record(step);
        }
        if (change !== undefined) turn.run(...[change.time, change.paused ? 1 : 0, change.who, change.reason]);
      });
    },
    restoreRows(table, rows) {
      const [first] = rows;
      if (first === undefined) return;
      const columns = Object.keys(first);
      const put = db.prepare(
        `INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
      );
      transaction(() => {
        for (const row of rows) {
          try {
            put.run(...columns.map((column) => row[column] ?? null));
          } catch (error) {
            if (!isInvalidRow(error)) throw error; // the others are restored
          }
        }
      });
    },
  };
}

/**
 * Returns a description of the first damage in a database; undefined if there is none. Takes a few seconds per
 * gigabyte.
 */
function troubleIn(db: DatabaseSync): string | undefined {
  try {
    const answer = db.prepare("PRAGMA quick_check(1)").get()?.quick_check;
    return answer === "ok" ? undefined : String(answer);
  } catch (error) {
    if (faultOf(error) !== "damaged") throw error;
    return reasonOf(error);
  }
}

function statesOf(db: DatabaseSync, prefix: string): ReadonlyMap<string, number> {
  const find = exact(db.prepare("SELECT name, value FROM state WHERE substr(name, 1, ?) = ?"));
  const rows = find.all(prefix.length, prefix);
  return new Map(rows.map(({ name, value }) => [String(name), Number(value)]));
}

/** @throws an error for damage if a sequence number is too large, because all later sequence numbers would be larger */
function plausible(next: number): number {
  if (!Number.isSafeInteger(next) || next > MAX_SEQ) throw damaged(`the sequence number ${next} is not valid`);
  return next;
}

/** A statement that reads integers as bigints, because a damaged integer can be too large for a number. */
function exact(statement: StatementSync): StatementSync {
  statement.setReadBigInts(true);
  return statement;
}

function stateOf(db: DatabaseSync, name: string): number {
  return Number(exact(db.prepare("SELECT value FROM state WHERE name = ?")).get(name)?.value ?? 0);
}
