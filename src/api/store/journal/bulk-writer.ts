import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { CommentIds } from "../../../journal/comment-ids.ts";
import { STATE_LOG } from "../../../journal/space.ts";
import { type BulkAction, bulkStates } from "../../filter/bulk.ts";
import type { State } from "../../filter/filter.ts";
import type { NewAuditEntry } from "../store.ts";
import { type BulkRow, interruptedRows } from "./bulk-rows.ts";

/** A new bulk change. */
export interface NewBulk {
  readonly user: string;
  readonly address: string;
  readonly action: BulkAction | "undo";
  readonly text: string;
  readonly query: string;
  readonly undoes?: number;
}

/** Writes bulk changes. Each call is a short transaction, so that alerts can be written between two calls. */
export interface BulkWriter {
  /** Creates a bulk change. @returns its ID */
  begin(change: NewBulk): number;
  /** Reports that the search for alerts is still running. */
  beat(id: number): void;
  /** Stores the number of alerts that will be changed, and writes the audit entry. */
  total(id: number, total: number): void;
  /**
   * Applies an action to alerts. Skips alerts that were deleted or whose state is no longer one of `from`.
   * @returns the number of changed alerts
   */
  apply(id: number, action: BulkAction, from: readonly State[], seqs: readonly number[]): number;
  /**
   * Restores the states from before a bulk change, for up to `most` alerts whose comments have IDs greater than
   * `after`. Alerts whose states have been changed since the bulk change keep their states.
   * @returns the ID of the last comment; undefined if there are no more alerts
   */
  restore(id: number, of: BulkRow, after: number, most: number): number | undefined;
  /** Ends a bulk change. Writes an audit entry if the change did not include all alerts. */
  end(id: number, outcome: "done" | "failed" | "interrupted", reason?: string): void;
  /** Ends the bulk changes of processes that have exited. */
  endInterrupted(): void;
  /**
   * Whether the write-ahead log is small enough for another transaction. If the log is too large, tries to empty it.
   */
  hasRoom(): boolean;
}

/** Dependencies that a writer of bulk changes shares with the writer of single changes. */
interface Shared {
  readonly file: string;
  /** Runs `work` in one transaction. */
  transaction<T>(work: () => T): T;
  readonly ids: CommentIds;
  addAuditEntry(entry: NewAuditEntry): void;
}

/** Size above which the write-ahead log is emptied if the journal has no maximum size, in bytes. */
const LOG = 4_000_000;
/** Factor by which the log may exceed this size while a reader prevents the log from being emptied. */
const LOG_FACTOR = 4;

/** Names of the actions in the audit log, as for single alerts. */
const AUDIT_ACTIONS: Readonly<Record<BulkRow["action"], string>> = {
  acknowledge: "acknowledge all",
  close: "close all",
  reopen: "open all",
  comment: "comment on all",
  undo: "undo change",
};

export function openBulkWriter(db: DatabaseSync, shared: Shared): BulkWriter {
  const { file, transaction, ids, addAuditEntry } = shared;
  const insert = db.prepare(`INSERT INTO bulk_change
    (time, who, address, action, text, query, undoes, changed, first, last, updated)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, ?1)`);
  // A row contains the text of its comments, so a row is kept until all of its comments are deleted.
  const forget = db.prepare(`DELETE FROM bulk_change WHERE outcome NOT NULL AND updated < ? AND NOT EXISTS
    (SELECT 1 FROM comment c WHERE c.id BETWEEN first AND last AND c.bulk = bulk_change.id)`);
  const beat = db.prepare("UPDATE bulk_change SET updated = ? WHERE id = ?");
  const setTotal = db.prepare("UPDATE bulk_change SET total = ?, updated = ? WHERE id = ?");
  const advance = db.prepare(`UPDATE bulk_change SET changed = changed + ?, updated = ?, last = ?,
    first = CASE first WHEN 0 THEN ? ELSE first END WHERE id = ?`);
  const finish = db.prepare("UPDATE bulk_change SET outcome = ?, reason = ?, updated = ? WHERE id = ?");
  const rowOf = db.prepare("SELECT who, address, action, text, query, total, changed FROM bulk_change WHERE id = ?");
  const exists = db.prepare("SELECT 1 FROM alert WHERE seq = ?");
  const stateOf = db.prepare("SELECT state FROM triage WHERE seq = ?");
  const comment = db.prepare(
    "INSERT INTO comment (id, seq, time, who, text, state, bulk, assignee) VALUES (?, ?, ?, ?, '', ?, ?, ?)",
  );
  const setTriage = db.prepare("INSERT OR REPLACE INTO triage VALUES (?, ?, ?, ?)");
  const dropTriage = db.prepare("DELETE FROM triage WHERE seq = ?");
  const history = db.prepare(
    "SELECT bulk, state, who, assignee FROM comment WHERE seq = ? AND state NOT NULL ORDER BY id DESC LIMIT 2",
  );
  const changedBy = db.prepare(
    "SELECT id, seq FROM comment WHERE id > ? AND id <= ? AND bulk = ? AND state NOT NULL ORDER BY id LIMIT ?",
  );

  /** Writes comments in one transaction. @param write writes a comment with an ID, unless the alert does not change */
  function each(id: number, seqs: readonly number[], write: (seq: number, comment: number) => boolean): number {
    return transaction(() => {
      const first = ids.next();
      let next = first;
      for (const seq of seqs) if (write(seq, next)) next++;
      if (next > first) ids.store(next - 1);
      advance.run(next - first, Date.now(), next - 1, first, id);
      return next - first;
    });
  }

  function end(id: number, outcome: "done" | "failed" | "interrupted", reason?: string): void {
    transaction(() => {
      finish.run(outcome, reason ?? null, Date.now(), id);
      if (outcome === "done") return;
      const row = rowOf.get(id) ?? {};
      addAuditEntry({
        ...{ user: String(row.who), address: String(row.address) },
        action: `${actionOf(row.action)} ${outcome}`,
        target: `${row.changed} of ${row.total ?? "an unknown number of"} alerts`,
        detail: reason ?? String(row.query),
      });
    });
  }

  return {
    begin({ user, address, action, text, query, undoes }) {
      return transaction(() => {
        const now = Date.now();
        forget.run(now - 86_400_000);
        return Number(insert.run(now, user, address, action, text, query, undoes ?? null).lastInsertRowid);
      });
    },
    beat: (id) => void beat.run(Date.now(), id),
    total(id, total) {
      transaction(() => {
        setTotal.run(total, Date.now(), id);
        const row = rowOf.get(id) ?? {};
        addAuditEntry({
          ...{ user: String(row.who), address: String(row.address), action: actionOf(row.action) },
          target: `${total} ${total === 1 ? "alert" : "alerts"}`,
          detail: [row.text, row.query].filter((part) => part !== "").join("\n"),
        });
      });
    },
    apply(id, action, from, seqs) {
      const { to } = bulkStates[action];
      const who = String(rowOf.get(id)?.who);
      const now = Date.now();
      return each(id, seqs, (seq, number) => {
        if (exists.get(seq) === undefined) return false;
        const state = stateOf.get(seq)?.state ?? "open";
        if (!from.some((one) => one === state)) return false;
        comment.run(number, seq, now, who, to ?? null, id, null);
        if (to !== undefined) setTriage.run(seq, to, who, now);
        return true;
      });
    },
    restore(id, of, after, most) {
      const found = changedBy.all(after, of.last, of.id, most);
      const who = String(rowOf.get(id)?.who);
      const now = Date.now();
      each(
        id,
        found.map(({ seq }) => Number(seq)),
        (seq, number) => {
          const [latest, before] = history.all(seq);
          if (Number(latest?.bulk) !== of.id) return false;
          const state = String(before?.state ?? "open");
          const assignee = String(before?.assignee ?? (state === "open" ? "" : before?.who));
          comment.run(number, seq, now, who, state, id, assignee);
          if (before === undefined) dropTriage.run(seq);
          else setTriage.run(seq, state, assignee, now);
          return true;
        },
      );
      return found.length < most ? undefined : Number(found.at(-1)?.id);
    },
    end,
    endInterrupted() {
      for (const { id } of interruptedRows(db, Date.now())) end(id, "interrupted");
    },
    hasRoom: logRoom(db, file),
  };
}

function logRoom(db: DatabaseSync, file: string): () => boolean {
  const logLimit = db.prepare(`SELECT value FROM state WHERE name = '${STATE_LOG}'`);
  const size = (): number => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  return () => {
    const limit = Number(logLimit.get()?.value ?? LOG);
    if (size() <= limit) return true;
    db.exec("PRAGMA busy_timeout = 25");
    try {
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      db.exec("PRAGMA busy_timeout = 5000");
    }
    return size() <= LOG_FACTOR * limit;
  };
}

function actionOf(text: unknown): string {
  const found = Object.entries(AUDIT_ACTIONS).find(([action]) => action === text);
  return found?.[1] ?? String(text);
}
