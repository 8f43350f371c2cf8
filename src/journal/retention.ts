import type { DatabaseSync } from "node:sqlite";
import { wordColumns } from "./columns.ts";
import { idRange } from "./id.ts";
import { pragma } from "./schema.ts";
import { facet, quoted } from "./search-text.ts";
import type { Words } from "./words.ts";

/** Limits of a journal; 0 is unlimited. */
export interface Limits {
  /** Milliseconds. */
  readonly maxAge: number;
  /** Bytes. */
  readonly maxSize: number;
}

/** Deletes alerts beyond the limits, oldest first, in steps between which alerts are written. */
export interface Retention {
  /**
   * Runs one step in the caller's transaction.
   * @returns the number of deleted alerts; 0 if the limits are met
   */
  step(now: number): number;
  /** Returns some free pages to the file system; call it outside of transactions. */
  shrink(): void;
}

/** Alerts per step. */
const STEP = 2000;
/** Pages returned per step. */
const PAGES = 500;

export function openRetention(db: DatabaseSync, words: Words, { maxAge, maxSize }: Limits): Retention {
  const oldest = db.prepare(`SELECT seq, id FROM alert ORDER BY seq LIMIT ${STEP}`);
  const dropSearch = db.prepare("DELETE FROM search WHERE rowid = ?");
  const dropAlerts = db.prepare("DELETE FROM alert WHERE seq <= ?");
  const dropDead = db.prepare("DELETE FROM dead WHERE seq <= ?");
  const dropResponses = db.prepare("DELETE FROM response WHERE seq <= ? AND state NOT IN ('waiting', 'asked')");
  const dropBehind = db.prepare("DELETE FROM behind WHERE seq <= ?");
  const dropBlocks = db.prepare("DELETE FROM block WHERE last <= ?");
  const dropTriage = db.prepare("DELETE FROM triage WHERE seq <= ?");
  const dropComments = db.prepare("DELETE FROM comment WHERE seq <= ?");
  // Only processes of the same epoch refer to a process, and later alerts have later epochs.
  const dropProcesses = db.prepare(`DELETE FROM process WHERE id < ifnull((SELECT p.epoch FROM behind b
    JOIN process p ON p.id = b.process WHERE b.process IS NOT NULL ORDER BY b.seq LIMIT 1), 0)`);
  const dropSpans = db.prepare("DELETE FROM span WHERE last <= ?");
  const nextSeq = db.prepare("INSERT OR REPLACE INTO state SELECT 'next', max(seq) + 1 FROM alert HAVING count(*) > 0");
  const wordsOf = db.prepare(
    `SELECT ${wordColumns.map(({ column }) => `"${column}"`).join(", ")} FROM alert WHERE seq <= ?`,
  );
  const isUsed = db.prepare("SELECT rowid FROM search WHERE search MATCH ? LIMIT 1");

  function tooOld(now: number): number {
    if (maxAge === 0) return 0;
    const limit = idRange(
      Math.max(0, now - maxAge)
        .toString(16)
        .padStart(12, "0"),
    )?.[0];
    if (limit === undefined) return 0;
    let last = 0;
    for (const { seq, id } of oldest.iterate()) {
      if (!(id instanceof Uint8Array) || Buffer.compare(id, limit) >= 0) break;
      last = Number(seq);
    }
    return last;
  }

  function tooMuch(): number {
    if (maxSize === 0) return 0;
    const used = (pragma(db, "page_count") - pragma(db, "freelist_count")) * pragma(db, "page_size");
    if (used <= maxSize) return 0;
    let last = 0;
    for (const { seq } of oldest.iterate()) last = Number(seq);
    return last;
  }

  /** The words used by the alerts up to a sequence number. */
  function wordsUpTo(last: number): Set<number> {
    const found = new Set<number>();
    for (const row of wordsOf.iterate(last))
      for (const word of Object.values(row)) if (word !== null) found.add(Number(word));
    return found;
  }

  return {
    step(now) {
      const last = Math.max(tooOld(now), tooMuch());
      if (last === 0) return 0;
      nextSeq.run();
      const candidates = wordsUpTo(last);
      let count = 0;
      for (const { seq } of oldest.all()) {
        if (Number(seq) > last) break;
        dropSearch.run(Number(seq));
        count++;
      }
      dropAlerts.run(last);
      dropSpans.run(last);
      dropDead.run(last);
      dropBehind.run(last);
      dropBlocks.run(last);
      dropTriage.run(last);
      dropComments.run(last);
      dropProcesses.run();
      dropResponses.run(last);
      for (const word of candidates) if (isUsed.get(quoted(facet(word))) === undefined) words.remove(word);
      return count;
    },
    shrink() {
      if (maxSize > 0 && pragma(db, "page_count") * pragma(db, "page_size") > maxSize)
        db.exec(`PRAGMA incremental_vacuum(${PAGES})`);
    },
  };
}
