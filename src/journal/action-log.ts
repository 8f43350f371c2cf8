import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { type ActionEntry, type ActionState, actionColumns, actionIn } from "./action-entry.ts";
import { idText } from "./id.ts";
import { openReadOnly } from "./read.ts";
import { isMigrated } from "./schema.ts";
import { lastSwitch, type SwitchChange } from "./switch.ts";

/** A step with the alert that it answers. */
export interface LoggedAction extends ActionEntry {
  /** The alert's id and the name of its rule; undefined where the journal has it no longer. */
  readonly alert: { readonly id: string; readonly rule: string } | undefined;
}

/** Selects actions: all conditions hold. */
export interface ActionLogQuery {
  readonly states?: readonly ActionState[];
  readonly action?: string;
  readonly response?: string;
  readonly target?: string;
  /** Those that were decided at this moment or later: milliseconds since the epoch. */
  readonly since?: number;
  /** Those before this one: the last id of the page before. */
  readonly before?: number;
}

/** Reads the log of actions, also while it is written. Everything throws what SQLite throws. */
export interface ActionLog {
  /** The actions for an alert, in order. */
  of(seq: number): ActionEntry[];
  /** The actions for several alerts, by their numbers. */
  ofAll(seqs: readonly number[]): ReadonlyMap<number, readonly ActionEntry[]>;
  /** The newest first. */
  page(query: ActionLogQuery, limit: number): LoggedAction[];
  /** How many actions there are in each state, since a time. */
  counts(since?: number): { readonly action: string; readonly state: ActionState; readonly count: number }[];
  /** The last pause or resumption of responses. */
  switch(): SwitchChange | undefined;
  close(): void;
}

/**
 * @returns undefined where there is no journal
 * @throws what SQLite throws, ForeignJournal
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
    switch: () => lastSwitch(db),
    close: () => db.close(),
  };
}

function conditionsOf({ states, action, response, target, since, before }: ActionLogQuery): {
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
  if (before !== undefined) add("r.id < ?", before);
  return { where: tests.length === 0 ? "" : `WHERE ${tests.join(" AND ")}`, values };
}
