import type { DatabaseSync } from "node:sqlite";
import { groupKey } from "../../../alert/group-key.ts";
import { readScope } from "../../../alert/scope.ts";
import { groupActions } from "../../filter/group.ts";
import {
  changed,
  type GroupState,
  type GroupTest,
  MAX_GROUP_CHANGES,
  type StoredGroupChange,
} from "../group-states.ts";
import type { NewGroupChange } from "../store.ts";

/** The triage of groups, held in memory. */
export interface GroupTriage {
  /** Reads the changes of other processes. @returns a number that increases with each change */
  refresh(): number;
  of(key: string): GroupState | undefined;
  /** The triage of all groups with changes. */
  all(): Iterable<GroupState>;
  /** The changes of a group, oldest first. */
  changes(key: string): readonly StoredGroupChange[];
}

const COLUMNS = "id, key, rule, field, subject, time, who, action, value, text, scope";

export function openGroupTriage(db: DatabaseSync): GroupTriage {
  const last = db.prepare("SELECT max(id) AS last FROM group_change");
  const fresh = db.prepare(`SELECT ${COLUMNS} FROM group_change WHERE id > ? ORDER BY id`);
  const ofOne = db.prepare(`SELECT ${COLUMNS} FROM group_change WHERE key = ? ORDER BY id`);
  const byKey = new Map<string, GroupState>();
  let known = 0;

  return {
    refresh() {
      if (Number(last.get()?.last ?? 0) <= known) return known;
      for (const row of fresh.iterate(known)) {
        const change = changeIn(row);
        if (change !== undefined) byKey.set(change.key, changed(byKey.get(change.key), change));
        known = Number(row.id);
      }
      return known;
    },
    of: (key) => byKey.get(key),
    all: () => byKey.values(),
    changes: (key) => ofOne.all(key).flatMap((row) => changeIn(row) ?? []),
  };
}

/** Converts a row; undefined if the row is damaged. */
function changeIn(row: Readonly<Record<string, unknown>>): StoredGroupChange | undefined {
  const action = groupActions.find((each) => each === row.action);
  const time = new Date(Number(row.time));
  if (action === undefined || Number.isNaN(time.getTime())) return undefined;
  const { key, rule, field, subject, who, value, text } = row;
  return {
    ...{ key: String(key), rule: String(rule), time: time.toISOString(), user: String(who), action },
    about: field === "" ? undefined : { field: String(field), value: String(subject) },
    ...{ value: String(value), text: String(text), scope: readScope(String(row.scope)) },
  };
}

/** Returns a function that writes a change in one transaction. The function throws SQLite errors. */
export function groupChangeWriter(db: DatabaseSync): (change: NewGroupChange) => void {
  const insert = db.prepare(`INSERT INTO group_change (key, rule, field, subject, time, who, action, value, text, scope)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const forget = db.prepare("DELETE FROM group_change WHERE id <= (SELECT max(id) FROM group_change) - ?");
  return ({ rule, about, user, action, value, text, scope }) => {
    insert.run(
      groupKey(rule, about),
      rule,
      about?.field ?? "",
      about?.value ?? "",
      Date.now(),
      user,
      action,
      value,
      text,
      scope === undefined ? "" : JSON.stringify(scope),
    );
    forget.run(MAX_GROUP_CHANGES);
  };
}

/** Whether a group is selected, by its rule and workload. */
export type PairTest = (rule: number, who: number) => boolean;

/**
 * Converts a test of groups to a test of word IDs, which does not compute the key of each group.
 * @param wordOf returns the ID of a value of a field, or of the property `rule`
 */
export function pairTest(
  states: Iterable<GroupState>,
  { untouched, matches }: GroupTest,
  wordOf: (field: string, text: string) => number | undefined,
): PairTest {
  const differing = new Map<number, Set<number>>();
  for (const state of states) {
    if (matches(state) === untouched) continue;
    const rule = wordOf("rule", state.rule);
    const who = state.about === undefined ? 0 : wordOf(state.about.field, state.about.value);
    if (rule === undefined || who === undefined) continue;
    differing.set(rule, (differing.get(rule) ?? new Set()).add(who));
  }
  return (rule, who) => (differing.get(rule)?.has(who) ?? false) !== untouched;
}
