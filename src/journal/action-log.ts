import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { type ActionEntry, type ActionState, actionColumns, actionIn } from "./action-entry.ts";
import { idText } from "./id.ts";
import { openReadOnly } from "./read.ts";
import { isMigrated } from "./schema.ts";
import { UNLISTED } from "./suspensions.ts";
import { lastSwitch, type SwitchChange } from "./switch.ts";

/** An entry of the action log with the ID and the rule of its alert. */
export interface LoggedAction extends ActionEntry {
  /** ID and rule name of the alert; undefined if the alert has been deleted. */
  readonly alert: { readonly id: string; readonly rule: string } | undefined;
}

/** Selects entries of the action log. All conditions must match. */
export interface ActionLogQuery {
  readonly states?: readonly ActionState[];
  readonly action?: string;
  readonly response?: string;
  readonly target?: string;
  /** Earliest time of the decision (inclusive), in milliseconds since the epoch. */
  readonly since?: number;
  /** Latest time of the decision (inclusive), in milliseconds since the epoch. */
  readonly until?: number;
  /** Selects entries with smaller IDs. For the next page, set this to the last ID of the current page. */
  readonly before?: number;
}

/** Reads the action log, even while it is written. Methods throw SQLite errors. */
export interface ActionLog {
  /** The entries for an alert, ordered by ID. */
  of(seq: number): ActionEntry[];
  /** The entries for several alerts, by sequence number. */
  ofAll(seqs: readonly number[]): ReadonlyMap<number, readonly ActionEntry[]>;
  /** A page of entries, newest first. */
  page(query: ActionLogQuery, limit: number): LoggedAction[];
  /** Number of entries by action and state since a time, in milliseconds since the epoch. */
  counts(since?: number): { readonly action: string; readonly state: ActionState; readonly count: number }[];
  /** Entries of actions whose targets are still suspended, newest first. */
  suspended(): ActionEntry[];
  /** Number of suspended targets that were removed from the list because it was full. */
  unlisted(): number;
  /** The last change that paused or resumed responses; undefined if there is none. */
  switch(): SwitchChange | undefined;
  close(): void;
}

/**
 * Opens the action log of a journal for reading.
 * @returns undefined if there is no journal
 * @throws SQLite errors, ForeignJournal
 */
export function openActionLog(file: string): ActionLog | undefined {
  if (!existsSync(file)) return undefined;
  const db = openReadOnly(file);
  try {
    if (isMigrated(db, file)) return trailOn(db);
    db.close();
    return undefined;
  } catch (error) {
    db.close();
    throw error;
  }
}

const COLUMNS = actionColumns.replace(/\w+/g, "r.$&");

function trailOn(db: DatabaseSync): ActionLog {
  const ofOne = db.prepare(`SELECT ${actionColumns} FROM response WHERE seq = ? ORDER BY id`);
  const steps = (seq: number): ActionEntry[] =>
    ofOne
      .all(seq)
      .map(actionIn)
      .filter((step) => step !== undefined);
  return {
    of: steps,
    ofAll: (seqs) => new Map(seqs.map((seq) => [seq, steps(seq)])),
    page(query, limit) {
      const { where, values } = conditionsOf(query);
      const found = db.prepare(`SELECT ${COLUMNS}, a.id AS alert_id, w.text AS alert_rule
        FROM response r LEFT JOIN alert a ON a.seq = r.seq LEFT JOIN word w ON w.id = a.rule
        ${where} ORDER BY r.id DESC LIMIT ?`);
      return found.all(...values, limit).flatMap((row) => {
        const step = actionIn(row);
        if (step === undefined) return [];
        const { alert_id: id, alert_rule: rule } = row;
        return [{ ...step, alert: id instanceof Uint8Array ? { id: idText(id), rule: String(rule) } : undefined }];
      });
    },
    counts(since = 0) {
      const found = db.prepare(
        "SELECT action, state, count(*) AS count FROM response WHERE time >= ? GROUP BY 1, 2 ORDER BY 1, 2",
      );
      return found.all(since).flatMap((row) => {
        const step = actionIn({ ...row, id: 0 });
        return step === undefined ? [] : [{ action: step.action, state: step.state, count: Number(row.count) }];
      });
    },
    suspended: () =>
      db
        .prepare(`SELECT ${COLUMNS} FROM suspension s JOIN response r ON r.id = s.id ORDER BY r.id DESC`)
        .all()
        .flatMap((row) => actionIn(row) ?? []),
    unlisted: () => Number(db.prepare("SELECT value FROM state WHERE name = ?").get(UNLISTED)?.value ?? 0),
    switch: () => lastSwitch(db),
    close: () => db.close(),
  };
}

function conditionsOf({ states, action, response, target, since, until, before }: ActionLogQuery): {
  readonly where: string;
  readonly values: (string | number)[];
} {
  const tests: string[] = [];
  const values: (string | number)[] = [];
  const add = (test: string, ...more: (string | number)[]): void => {
    tests.push(test);
    values.push(...more);
  };
  if (states !== undefined) add(`r.state IN (${states.map(() => "?").join(", ")})`, ...states);
  if (action !== undefined) add("r.action = ?", action);
  if (response !== undefined) add("r.response = ?", response);
  if (target !== undefined) add("r.target = ?", target);
  if (since !== undefined) add("r.time >= ?", since);
  if (until !== undefined) add("r.time <= ?", until);
  if (before !== undefined) add("r.id < ?", before);
  return { where: tests.length === 0 ? "" : `WHERE ${tests.join(" AND ")}`, values };
}
