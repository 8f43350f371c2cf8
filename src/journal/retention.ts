import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Entry } from "../alert/entry.ts";
import { plainValue } from "../alert/entry.ts";
import { priorities } from "../rule/rule.ts";
import { AlertGroups } from "./alert-groups.ts";
import type { BackgroundRows } from "./background-rows.ts";
import { wordColumns, wordKinds } from "./columns.ts";
import { idRange } from "./id.ts";
import { GAP } from "./schema.ts";
import { facet, quoted } from "./search-text.ts";
import { openSweep } from "./sweep.ts";
import type { Words } from "./words.ts";

/** Limits of a journal; 0 is unlimited. */
export interface Limits {
  /** Milliseconds. */
  readonly maxAge: number;
  /** Bytes of all files together, within 10 %. */
  readonly maxSize: number;
}

/** Deletes alerts, in steps between which alerts are written. All methods run in the caller's transaction. */
export interface Retention {
  /** Deletes alerts that are too old, oldest first. @returns their number; 0 if there are no more */
  step(now: number): number;
  /** Deletes up to `most` alerts of the largest groups. @returns their number; 0 if there are none */
  makeRoom(most: number): number;
  /** Counts written alerts, by the values of their rows in order. */
  added(rows: readonly (readonly SQLInputValue[])[]): void;
  /** Whether an alert is one of few of its kind. */
  isRare(entry: Entry): boolean;
  /** Starts to count groups, or stops. */
  limit(limits: Limits): void;
  /** Reads the groups again, after a rollback. */
  forget(): void;
  /** Number of alerts. */
  readonly alerts: number;
}

/** Alerts per step of {@link Retention.step}. */
const STEP = 2000;

/** Index of a column in the values of a row: sequence number, ID, time and priority precede the words. */
const PRIORITY = 3;
const indexOf = (column: string): number => PRIORITY + 1 + wordColumns.findIndex((one) => one.column === column);
const RULE = indexOf("rule");
const CONTAINER = indexOf("container_id");
const POD = indexOf("pod");
const HOSTNAME = indexOf("hostname");
const USER = indexOf("user");

/** Tables with a row or more per alert; the search table is not among them. */
const perAlert = ["alert", "dead", "behind", "triage", "comment"];
const SELECTED = "IN (SELECT value FROM json_each(?))";

export function openRetention(db: DatabaseSync, words: Words, behind: BackgroundRows, first: Limits): Retention {
  let { maxAge, maxSize } = first;
  let groups: AlertGroups | undefined;
  const oldest = db.prepare(`SELECT seq, id FROM alert ORDER BY seq LIMIT ${STEP}`);
  const dropSearch = db.prepare("DELETE FROM search WHERE rowid = ?");
  const drops = perAlert.map((table) => db.prepare(`DELETE FROM ${table} WHERE seq ${SELECTED}`));
  const dropResponses = db.prepare(
    `DELETE FROM response WHERE seq ${SELECTED} AND state NOT IN ('waiting', 'asked')`,
  );
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
  const marked = db.prepare(`SELECT EXISTS (SELECT 1 FROM triage WHERE seq = ?1 AND state <> 'closed')
    OR EXISTS (SELECT 1 FROM comment WHERE seq = ?1 AND text <> '')
    OR EXISTS (SELECT 1 FROM response WHERE seq = ?1 AND state IN ('waiting', 'asked')) AS marked`);
  const sweep = openSweep(db, words);

  function counted(): AlertGroups {
    if (groups !== undefined) return groups;
    groups = new AlertGroups();
    const rows = db.prepare("SELECT seq, priority, rule, container_id, pod, hostname, user FROM alert ORDER BY seq");
    for (const { seq, priority, rule, container_id, pod, hostname, user } of rows.iterate())
      groups.add(Number(seq), {
        priority: Number(priority),
        rule: Number(rule),
        ...{ container: wordIn(container_id), pod: wordIn(pod), hostname: wordIn(hostname), user: wordIn(user) },
      });
    return groups;
  }

  function expired(now: number): number[] {
    const found: number[] = [];
    const limit = idRange(
      Math.max(0, now - maxAge)
        .toString(16)
        .padStart(12, "0"),
    )?.[0];
    if (maxAge === 0 || limit === undefined) return found;
    for (const { seq, id } of oldest.iterate()) {
      if (!(id instanceof Uint8Array) || Buffer.compare(id, limit) >= 0) break;
      found.push(Number(seq));
    }
    return found;
  }

  /** Words of alerts that full-text search finds. */
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

  function drop(seqs: readonly number[]): void {
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
    sweep.after(seqs.length, groups?.size ?? Number(count.get()?.count ?? 0));
  }

  /** Marks the ranges of remaining alerts that changed, so that readers load them again. */
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

  return {
    step(now) {
      const seqs = expired(now);
      const last = seqs.at(-1);
      if (last === undefined) return 0;
      drop(seqs);
      groups?.removeUpTo(last);
      return seqs.length;
    },
    makeRoom(most) {
      const seqs = counted().take(most, (seq) => marked.get(seq)?.marked === 1);
      if (seqs.length > 0) drop(seqs);
      return seqs.length;
    },
    added(rows) {
      if (groups === undefined) return; // they are counted when they are needed first
      for (const row of rows)
        groups.add(Number(row[0]), {
          priority: Number(row[PRIORITY]),
          rule: Number(row[RULE]),
          ...{ container: wordIn(row[CONTAINER]), pod: wordIn(row[POD]) },
          ...{ hostname: wordIn(row[HOSTNAME]), user: wordIn(row[USER]) },
        });
    },
    isRare(entry) {
      const rule = words.find("rule", entry.rule);
      if (rule === undefined) return true;
      const word = (column: string): number | null => {
        const field = wordColumns.find((one) => one.column === column)?.field;
        const text = field === undefined ? entry.hostname : plainValue(entry.values[entry.names.indexOf(field)]);
        return text === undefined ? null : (words.find(column, text) ?? -1);
      };
      return counted().isRare({
        priority: priorities.indexOf(entry.priority),
        rule,
        ...{ container: word("container_id"), pod: word("pod"), hostname: word("hostname"), user: word("user") },
      });
    },
    limit(limits) {
      ({ maxAge, maxSize } = limits);
      if (maxSize === 0) groups = undefined;
    },
    forget() {
      groups = undefined;
    },
    get alerts() {
      return counted().size;
    },
  };
}

function wordIn(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
