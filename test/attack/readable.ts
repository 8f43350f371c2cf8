// Counts the alerts in a part of an undamaged journal without the code that recovers them.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Returns the share of the alerts in an undamaged database whose pages are all in its first `size` bytes. */
export function shareWithin(file: string, size: number): number {
  return withCopy(file, (db) => {
    // https://sqlite.org/dbstat.html: the path of an overflow page consists of the path of its leaf, the cell, and "+"
    // with its number.
    const pages = db
      .prepare("SELECT path, pagetype, ncell, pageno * pgsize AS last FROM dbstat WHERE name = 'alert'")
      .all();
    let all = 0;
    let kept = 0;
    const leaves = new Set<string>();
    const cut = new Set<string>();
    for (const { path, pagetype, ncell, last } of pages) {
      if (pagetype === "leaf") all += Number(ncell);
      const isThere = Number(last) <= size;
      if (pagetype === "leaf" && isThere) {
        kept += Number(ncell);
        leaves.add(String(path));
      }
      if (pagetype === "overflow" && !isThere) cut.add(String(path).slice(0, String(path).indexOf("+")));
    }
    for (const cell of cut) if (leaves.has(cell.slice(0, cell.lastIndexOf("/") + 1))) kept--;
    return kept / all;
  });
}

/** Returns the number of alerts that SQLite reads from a database and its log, if it has one. */
export function alertsIn(file: string): number {
  return withCopy(file, (db) => Number(db.prepare("SELECT count(*) AS n FROM alert").get()?.n));
}

/** Reads a copy, since SQLite writes the log back when it closes a database. */
function withCopy<T>(file: string, read: (db: DatabaseSync) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "eyas-readable-"));
  try {
    const copy = join(folder, "journal.db");
    copyFileSync(file, copy);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
    const db = new DatabaseSync(copy);
    try {
      return read(db);
    } finally {
      db.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
