import type { DatabaseSync } from "node:sqlite";
import { wordKinds } from "./columns.ts";
import { BUCKET, GAP } from "./schema.ts";
import type { Words } from "./words.ts";

/** Deletes unused rows in tables for which all alerts must be read to find unused rows. */
export interface Sweep {
  /**
   * Counts deleted alerts. Deletes unused rows when the number of alerts deleted since the last run reaches half of the
   * remaining number, and at least {@link LEAST}.
   */
  after(deleted: number, remaining: number): void;
}

/** Minimum number of alerts that are deleted between two runs. */
const LEAST = 64;
/** Number of rows in the table `span` above which a run rebuilds the table. */
const SPANS = 1000;
/** Number of newest changes in the table `gap` that are always kept for readers. */
const CHANGES = 1000;

export function openSweep(db: DatabaseSync, words: Words): Sweep {
  let deleted = 0;
  const unused = [wordKinds.shape, wordKinds.tags].map((kind) =>
    db.prepare(`SELECT id FROM word WHERE kind = '${kind}' AND id NOT IN (SELECT ${kind} FROM alert)`),
  );
  const spans = db.prepare("SELECT count(*) AS count FROM span");
  const dropGaps = db.prepare(`DELETE FROM gap WHERE version <= ?
    AND NOT EXISTS (SELECT 1 FROM alert WHERE seq BETWEEN base AND base + ${GAP - 1})`);
  const newestGap = db.prepare("SELECT max(version) AS version FROM gap");
  const setState = db.prepare("INSERT OR REPLACE INTO state VALUES (?, ?)");

  function run(): void {
    for (const find of unused) for (const { id } of find.all()) words.remove(Number(id));
    if (Number(spans.get()?.count ?? 0) > SPANS)
      db.exec(`DELETE FROM span;
        INSERT INTO span SELECT time / ${BUCKET}, min(seq), max(seq) FROM alert GROUP BY 1`);
    const kept = Number(newestGap.get()?.version ?? 0) - CHANGES;
    if (kept <= 0) return;
    dropGaps.run(kept);
    setState.run("gaps", kept);
  }

  return {
    after(count, remaining) {
      deleted += count;
      if (deleted < Math.max(LEAST, remaining / 2)) return;
      deleted = 0;
      run();
    },
  };
}
