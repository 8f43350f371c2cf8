import type { DatabaseSync } from "node:sqlite";
import { type BulkAction, bulkActions } from "../../filter/bulk.ts";
import type { BulkChange } from "../../schemas/bulk.ts";

type Outcome = "done" | "failed" | "interrupted";

/** A row of the table `bulk_change`. Times are in milliseconds since the epoch. */
export interface BulkRow {
  readonly id: number;
  readonly time: number;
  readonly who: string;
  readonly address: string;
  readonly action: BulkAction | "undo";
  readonly text: string;
  readonly query: string;
  readonly undoes: number | undefined;
  readonly total: number | undefined;
  readonly changed: number;
  /** IDs of the first and the last comment; other comments can be between them. */
  readonly first: number;
  readonly last: number;
  /** Time of the last progress. */
  readonly updated: number;
  /** The outcome; undefined until the change has ended. */
  readonly outcome: Outcome | undefined;
  readonly reason: string | undefined;
  /** Whether another change has undone this change. */
  readonly undone: boolean;
}

/**
 * Milliseconds without progress after which a change by another process counts as interrupted, because the process has
 * probably exited.
 */
const INTERRUPTED_AFTER = 60_000;
/** Time for which a change can be undone after it has ended, in milliseconds. */
const UNDO_TIME = 3_600_000;

const OUTCOMES: readonly Outcome[] = ["done", "failed", "interrupted"];
const COLUMNS = `b.*, EXISTS (SELECT 1 FROM bulk_change u WHERE u.undoes = b.id AND u.outcome = 'done') AS undone`;

/** Reads a bulk change. @param id text from a request */
export function bulkRow(db: DatabaseSync, id: string): BulkRow | undefined {
  if (!/^\d{1,15}$/.test(id)) return undefined;
  const row = db.prepare(`SELECT ${COLUMNS} FROM bulk_change b WHERE id = ?`).get(Number(id));
  return row && rowIn(row);
}

/** The changes of processes that have exited. */
export function interruptedRows(db: DatabaseSync, now: number): readonly BulkRow[] {
  const rows = db.prepare(`SELECT ${COLUMNS} FROM bulk_change b WHERE outcome IS NULL AND updated < ?`);
  return rows.all(now - INTERRUPTED_AFTER).flatMap((row) => rowIn(row) ?? []);
}

/** Converts a row; undefined if the row is damaged. */
function rowIn(row: Readonly<Record<string, unknown>>): BulkRow | undefined {
  const action = [...bulkActions, "undo" as const].find((each) => each === row.action);
  if (action === undefined) return undefined;
  return {
    ...{ id: Number(row.id), time: Number(row.time), who: String(row.who), address: String(row.address), action },
    ...{ text: String(row.text), query: String(row.query), changed: Number(row.changed) },
    ...{ first: Number(row.first), last: Number(row.last), updated: Number(row.updated) },
    undoes: row.undoes === null ? undefined : Number(row.undoes),
    total: row.total === null ? undefined : Number(row.total),
    outcome: OUTCOMES.find((each) => each === row.outcome),
    reason: row.reason === null ? undefined : String(row.reason),
    undone: row.undone === 1,
  };
}

/** Whether a change may still be running in this process or in another process. */
export function isRunning({ outcome, updated }: BulkRow, now: number): boolean {
  return outcome === undefined && updated >= now - INTERRUPTED_AFTER;
}

/** Time until which a change can be undone; undefined if the change cannot be undone. */
export function undoableUntil(row: BulkRow, now: number): number | undefined {
  const { action, changed, updated, undone } = row;
  const until = updated + UNDO_TIME;
  const has = action !== "undo" && action !== "comment" && changed > 0;
  return has && !undone && !isRunning(row, now) && now <= until ? until : undefined;
}

/** A bulk change in the format of the API. @param isOwn whether the change is running in this process */
export function bulkChangeOf(row: BulkRow, now: number, isOwn: boolean): BulkChange {
  const { id, time, who, action, text, query, undoes, total, changed, outcome, reason } = row;
  const until = isOwn ? undefined : undoableUntil(row, now);
  return {
    ...{ id: String(id), time: new Date(time).toISOString(), user: who, action, query },
    ...(text !== "" && { text }),
    state: outcome ?? (isOwn || isRunning(row, now) ? "running" : "interrupted"),
    ...(total !== undefined && { total }),
    changed,
    ...(reason !== undefined && { reason }),
    ...(undoes !== undefined && { undoes: String(undoes) }),
    ...(until !== undefined && { undoUntil: new Date(until).toISOString() }),
  };
}
