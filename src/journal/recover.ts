import { existsSync, renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Entry, JournalAlert } from "../alert/entry.ts";
import { actionIn } from "./action-entry.ts";
import { alertColumns, openDecoder, type Row } from "./decode.ts";
import { idRange } from "./id.ts";
import { readStatus } from "./output-status.ts";
import { lastSwitch } from "./switch.ts";
import { triageTables, type Writer } from "./write.ts";

/** The result of replacing a damaged journal. */
export interface Recovered {
  /** New path of the damaged file. */
  readonly aside: string;
  /** Number of recovered alerts. */
  readonly saved: number;
  /** Whether all readable alerts were recovered; the others remain in the old file. */
  readonly whole: boolean;
}

/** Maximum milliseconds for copying alerts; new alerts wait meanwhile. */
const TIME_LIMIT = 15_000;
const STEP = 200;

/** Renames a database and its log. @returns the new path */
export function setAside(file: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, "").slice(0, 15);
  let aside = `${file}.damaged-${stamp}`;
  for (let i = 2; existsSync(aside); i++) aside = `${file}.damaged-${stamp}-${i}`;
  for (const suffix of ["", "-wal", "-shm"]) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  return aside;
}

/**
 * Copies all readable data of a damaged journal: alerts with their sequence numbers and IDs, newest first, and the
 * positions of readers.
 */
export function recover(aside: string, writer: Writer, clock: () => number = Date.now): Recovered {
  const end = clock() + TIME_LIMIT;
  const db = openDamaged(aside);
  if (db === undefined) return { aside, saved: 0, whole: true };
  let saved = 0;
  let whole = true;
  try {
    const decoder = openDecoder(db);
    const columns = columnsOf(db);
    const some = db.prepare(`SELECT ${columns} FROM alert a WHERE seq <= ? AND seq > ? ORDER BY seq DESC`);
    const one = db.prepare(`SELECT ${columns} FROM alert a WHERE seq = ?`);
    for (const statement of [some, one]) statement.setReadBigInts(true);
    const take = (rows: readonly Row[]): void => {
      for (const row of rows) {
        const entry = tryTo(() => {
          const output = row.output === null ? undefined : decoder.word(row.output);
          return entryIn(decoder.alert(row), output);
        });
        if (entry === undefined || !(row.id instanceof Uint8Array)) continue;
        writer.restore(Number(row.seq), row.id, entry);
        saved++;
      }
    };
    let top = newest(db);
    const bottom = tryTo(() => Number(db.prepare("SELECT min(seq) s FROM alert").get()?.s ?? 0)) ?? 1;
    for (; top >= bottom && top > 0; top -= STEP) {
      if (clock() > end) {
        whole = false;
        break;
      }
      writer.transaction(() => {
        const rows = tryTo(() => some.all(top, top - STEP));
        if (rows !== undefined) return take(rows);
        for (let seq = top; seq > top - STEP; seq--) take(tryTo(() => one.all(seq)) ?? []);
      });
    }
    const statuses = new Map<unknown, unknown>();
    for (const { name, status } of tryTo(() => db.prepare("SELECT name, status FROM output").all()) ?? [])
      statuses.set(name, status);
    for (const { name, seq: before } of tryTo(() => db.prepare("SELECT name, seq FROM position").all()) ?? []) {
      const seq = Math.min(Number(before), writer.last); // new alerts continue after these sequence numbers
      const status = statuses.get(name);
      if (status === undefined) writer.setPosition(String(name), seq);
      else writer.saveProgress({ outputs: [{ name: String(name), seq, status: readStatus(status) }], dead: [] });
    }
    for (const { output, seq, time, reason } of tryTo(() => db.prepare("SELECT * FROM dead").all()) ?? []) {
      const letter = { output: String(output), seq: Number(seq), time: Number(time), reason: String(reason) };
      writer.saveProgress({ outputs: [], dead: [letter] });
    }
    for (const table of triageTables)
      writer.restoreTriage(table, tryTo(() => db.prepare(`SELECT * FROM ${table}`).all()) ?? []);
    writer.restoreActions(
      (tryTo(() => db.prepare("SELECT * FROM response").all()) ?? [])
        .map(actionIn)
        .filter((step) => step !== undefined),
      tryTo(() => lastSwitch(db)),
    );
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error)) throw error;
    whole = false; // the tables cannot be read, or the disk is full
  } finally {
    db.close();
  }
  return { aside, saved, whole };
}

function openDamaged(file: string): DatabaseSync | undefined {
  return tryTo(() => new DatabaseSync(file));
}

/** The columns to read: older versions lack the one that marks received alerts. */
function columnsOf(db: DatabaseSync): string {
  const isThere = tryTo(() => db.prepare("SELECT received FROM alert LIMIT 0")) !== undefined;
  return isThere ? alertColumns : alertColumns.replace('a."received"', "NULL AS received");
}

/** Upper bound of the alerts' sequence numbers. */
function newest(db: DatabaseSync): number {
  const queries = [
    "SELECT max(seq) s FROM alert",
    "SELECT max(last) s FROM span",
    "SELECT max(rowid) s FROM search_docsize",
  ];
  return Math.max(0, ...queries.map((sql) => tryTo(() => Number(db.prepare(sql).get()?.s ?? 0)) ?? 0));
}

/** The valid alert in a row; undefined if a damaged page returned invalid data. */
function entryIn(alert: JournalAlert, output: string | undefined): Entry | undefined {
  if (
    alert.rule === "" ||
    !Number.isSafeInteger(alert.seq) ||
    alert.names.length !== alert.values.length ||
    idRange(alert.id) === undefined
  )
    return undefined;
  return { ...alert, output };
}

function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && "errcode" in error) return undefined;
    throw error;
  }
}
