import type { DatabaseSync } from "node:sqlite";
import type { BackgroundRows } from "./background-rows.ts";
import { wordColumns, wordKinds } from "./columns.ts";
import { GAP } from "./schema.ts";
import { facet, quoted } from "./search-text.ts";
import { openSweep } from "./sweep.ts";
import type { Words } from "./words.ts";

/** Tables from which all rows of a deleted alert are deleted. The full-text index is not included. */
const perAlert = ["alert", "dead", "behind", "triage", "comment"];
const SELECTED = "IN (SELECT value FROM json_each(?))";

/**
 * Deletes alerts, and the rows of other tables that only these alerts use. Keeps the action log entries of actions that
 * have not ended or whose targets are suspended.
 * @param seqs sequence numbers in ascending order
 * @param remaining approximate number of remaining alerts; undefined if unknown
 */
export type DeleteAlerts = (seqs: readonly number[], remaining: number | undefined) => void;

export function openDeletion(db: DatabaseSync, words: Words, behind: BackgroundRows): DeleteAlerts {
  const dropSearch = db.prepare("DELETE FROM search WHERE rowid = ?");
  const drops = perAlert.map((table) => db.prepare(`DELETE FROM ${table} WHERE seq ${SELECTED}`));
  const dropResponses = db.prepare(`DELETE FROM response WHERE seq ${SELECTED} AND state NOT IN ('waiting', 'asked')
    AND id NOT IN (SELECT id FROM suspension)`);
  const dropSpans = db.prepare("DELETE FROM span WHERE last < (SELECT min(seq) FROM alert)");
  const dropBlocks = db.prepare("DELETE FROM block WHERE last < (SELECT min(seq) FROM alert)");
  const dropGaps = db.prepare(`DELETE FROM gap WHERE base + ${GAP} <= (SELECT min(seq) FROM alert)`);
  const dropBlock = db.prepare("DELETE FROM block WHERE base = ?");
  const addGap = db.prepare("INSERT OR REPLACE INTO gap VALUES (?, (SELECT ifnull(max(version), 0) + 1 FROM gap))");
  const nextSeq = db.prepare("INSERT OR REPLACE INTO state SELECT 'next', max(seq) + 1 FROM alert HAVING count(*) > 0");
  const columns = wordColumns.map(({ column }) => `"${column}"`).join(", ");
  const wordsOf = db.prepare(`SELECT DISTINCT ${columns}, output, tags FROM alert WHERE seq ${SELECTED}`);
  const processesOf = db.prepare(`SELECT DISTINCT process FROM behind WHERE process NOT NULL AND seq ${SELECTED}`);
  const firstSeq = db.prepare("SELECT min(seq) AS first FROM alert");
  const count = db.prepare("SELECT max(seq) - min(seq) AS count FROM alert");
  const isUsed = db.prepare("SELECT rowid FROM search WHERE search MATCH ? LIMIT 1");
  const sweep = openSweep(db, words);

  /** IDs of the strings of these alerts that are in the full-text index. */
  function indexedWords(list: string): Set<number> {
    const found = new Set<number>();
    const lists = new Set<number>();
    for (const { tags, ...row } of wordsOf.iterate(list)) {
      lists.add(Number(tags));
      for (const word of Object.values(row)) if (word !== null) found.add(Number(word));
    }
    for (const tags of lists)
      for (const tag of (words.text(tags) ?? "").split("\n")) {
        const word = words.find(wordKinds.tag, tag);
        if (word !== undefined) found.add(word);
      }
    return found;
  }

  function drop(seqs: readonly number[], remaining: number | undefined): void {
    const list = JSON.stringify(seqs);
    nextSeq.run();
    const candidates = indexedWords(list);
    const processes = processesOf.all(list).map(({ process }) => Number(process));
    const before = Number(firstSeq.get()?.first ?? 0);
    for (const seq of seqs) dropSearch.run(seq);
    for (const each of drops) each.run(list);
    dropResponses.run(list);
    behind.removeUnused(processes);
    for (const word of candidates) if (isUsed.get(quoted(facet(word))) === undefined) words.remove(word);
    const after = firstSeq.get()?.first ?? null;
    if (after === null) db.exec("DELETE FROM span; DELETE FROM block; DELETE FROM gap");
    else {
      markGaps(seqs, Number(after));
      if (Number(after) > before) for (const each of [dropSpans, dropBlocks, dropGaps]) each.run();
    }
    sweep.after(seqs.length, remaining ?? Number(count.get()?.count ?? 0));
  }

  /** Marks the ranges of sequence numbers in which alerts were deleted, so that readers load these ranges again. */
  function markGaps(seqs: readonly number[], oldestLeft: number): void {
    let last = -1;
    for (const seq of seqs) {
      const base = Math.floor(seq / GAP) * GAP;
      if (base === last || base + GAP <= oldestLeft || seq < oldestLeft) continue;
      last = base;
      dropBlock.run(base);
      addGap.run(base);
    }
  }

  return drop;
}
