import type { DatabaseSync } from "node:sqlite";
import { ApiError } from "../../api-error.ts";
import { type CaseAction, caseActions } from "../../filter/case.ts";
import {
  type CaseState,
  casesOf,
  endsWork,
  MAX_CASES,
  MAX_CHANGES_OF_ALL,
  type StoredCaseChange,
} from "../case-states.ts";
import type { NewCaseChange, Store } from "../store.ts";
import type { OpenJournal } from "./open-journal.ts";

const COLUMNS = "case_id, time, who, action, value, text";

/** Methods for cases, which are collections of alerts and groups. */
export function caseMethods({ connected, required, write }: OpenJournal): Pick<Store, "caseChanges" | "changeCase"> {
  return {
    async caseChanges(id) {
      const db = connected()?.db;
      return db === undefined ? [] : changesIn(db, id);
    },
    async changeCase(change) {
      const connection = required();
      let id = "";
      write(() => {
        id = connection.writer().changeCase(change);
      });
      return id;
    },
  };
}

/** The changes of a case, or of all cases, oldest first. */
function changesIn(db: DatabaseSync, id: string | undefined): readonly StoredCaseChange[] {
  if (id !== undefined && !/^\d{1,15}$/.test(id)) return [];
  const rows =
    id === undefined
      ? db.prepare(`SELECT ${COLUMNS} FROM case_change ORDER BY id`).all()
      : db.prepare(`SELECT ${COLUMNS} FROM case_change WHERE case_id = ? ORDER BY id`).all(Number(id));
  return rows.flatMap((row) => {
    const action = caseActions.find((each) => each === row.action);
    const time = new Date(Number(row.time));
    if (action === undefined || Number.isNaN(time.getTime())) return [];
    const { case_id, who, value, text } = row;
    return [
      {
        ...{ id: String(case_id), time: time.toISOString(), user: String(who), action },
        ...{ value: String(value), text: String(text) },
      },
    ];
  });
}

/**
 * Returns a function that writes a change of a case, or opens a case, and returns the ID of the case. The function
 * throws SQLite errors.
 * @param transaction runs a function in one transaction
 */
export function caseChangeWriter(
  db: DatabaseSync,
  transaction: <T>(work: () => T) => T,
): (change: NewCaseChange) => string {
  const last = db.prepare("SELECT ifnull(max(case_id), 0) AS last FROM case_change");
  const sums = db.prepare("SELECT count(DISTINCT case_id) AS cases, count(*) AS changes FROM case_change");
  const insert = db.prepare(`INSERT INTO case_change (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
  const forget = db.prepare("DELETE FROM case_change WHERE case_id = ?");

  /** Deletes the least recently changed closed case, except `kept`. @returns false if there is no such case */
  function forgetOldest(cases: readonly CaseState[], kept: string): boolean {
    const oldest = cases.findLast(({ closed, id }) => closed && id !== kept);
    if (oldest !== undefined) forget.run(Number(oldest.id));
    return oldest !== undefined;
  }

  /**
   * Makes room for a change.
   * @param added number of cases that the change adds
   * @throws ApiError if there is not enough room
   */
  function makeRoom(own: string, added: number, action: CaseAction): void {
    const isFull = (): boolean => {
      const { cases, changes } = sums.get() ?? {};
      return Number(cases) + added > MAX_CASES || Number(changes) + 1 > MAX_CHANGES_OF_ALL;
    };
    while (isFull()) {
      const cases = casesOf(changesIn(db, undefined));
      if (forgetOldest(cases, own)) continue;
      const changing = cases.find(({ id }) => id === own);
      if (changing !== undefined && endsWork(changing, action)) return;
      throw new ApiError(409, "too_many", "The cases have too many changes. Close cases that are no longer needed.");
    }
  }

  return ({ id, user, action, value, text }) =>
    transaction(() => {
      const own = id === undefined ? Number(last.get()?.last) + 1 : Number(id);
      makeRoom(String(own), id === undefined ? 1 : 0, action);
      insert.run(own, Date.now(), user, action, value, text);
      return String(own);
    });
}
