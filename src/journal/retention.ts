import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Entry } from "../alert/entry.ts";
import { plainValue } from "../alert/entry.ts";
import { priorities } from "../rule/rule.ts";
import { AlertGroups } from "./alert-groups.ts";
import type { BackgroundRows } from "./background-rows.ts";
import { wordColumns } from "./columns.ts";
import { openDeletion } from "./deletion.ts";
import { idRange } from "./id.ts";
import type { Words } from "./words.ts";

/** Limits of a journal; 0 disables a limit. */
export interface Limits {
  /** Maximum age of alerts in milliseconds. */
  readonly maxAge: number;
  /** Maximum total size of all files, in bytes. It can be exceeded by 10%. */
  readonly maxSize: number;
}

/**
 * Deletes alerts in steps, so that new alerts can be written between the steps. All methods run in the caller's
 * transaction.
 */
export interface Retention {
  /**
   * Deletes expired alerts, oldest first. Keeps an alert while the target of one of its actions is suspended.
   * @returns the number of deleted alerts
   */
  step(now: number): number;
  /** Deletes up to `most` alerts of the largest groups. @returns the number of deleted alerts */
  makeRoom(most: number): number;
  /**
   * Adds written alerts to their groups.
   * @param rows values of their rows, as {@link Rows.insert} returns them
   */
  added(rows: readonly (readonly SQLInputValue[])[]): void;
  /**
   * Whether an alert is not in a large group. A group consists of the alerts with the same rule, priority and workload.
   * A group with 8 or more alerts is large; for more severe priorities, the threshold is higher.
   */
  isRare(entry: Entry): boolean;
  /** Sets new limits. Discards the groups if there is no size limit. */
  limit(limits: Limits): void;
  /** Discards the groups after a rollback. They are read again when they are needed. */
  forget(): void;
  /** Number of alerts. */
  readonly alerts: number;
}

/** Maximum number of alerts per call of {@link Retention.step}. */
const STEP = 2000;

/** Index of the priority in the values of a row: sequence number, ID, time, priority, then the word columns. */
const PRIORITY = 3;
const indexOf = (column: string): number => PRIORITY + 1 + wordColumns.findIndex((one) => one.column === column);
const RULE = indexOf("rule");
const CONTAINER = indexOf("container_id");
const POD = indexOf("pod");
const HOSTNAME = indexOf("hostname");
const USER = indexOf("user");

export function openRetention(db: DatabaseSync, words: Words, behind: BackgroundRows, first: Limits): Retention {
  let { maxAge, maxSize } = first;
  let groups: AlertGroups | undefined;
  const oldest = db.prepare(`SELECT seq, id FROM alert WHERE seq NOT IN (SELECT seq FROM suspension)
    ORDER BY seq LIMIT ${STEP}`);
  const marked = db.prepare(`SELECT EXISTS (SELECT 1 FROM triage WHERE seq = ?1 AND state <> 'closed')
    OR EXISTS (SELECT 1 FROM comment WHERE seq = ?1 AND text <> '')
    OR EXISTS (SELECT 1 FROM response WHERE seq = ?1 AND state IN ('waiting', 'asked'))
    OR EXISTS (SELECT 1 FROM suspension WHERE seq = ?1) AS marked`);
  const suspended = db.prepare("SELECT 1 FROM suspension WHERE seq = ?");
  const drop = openDeletion(db, words, behind);

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

  return {
    step(now) {
      const seqs = expired(now);
      const last = seqs.at(-1);
      if (last === undefined) return 0;
      drop(seqs, groups?.size);
      groups?.removeUpTo(last, (seq) => suspended.get(seq) !== undefined);
      return seqs.length;
    },
    makeRoom(most) {
      const seqs = counted().take(most, (seq) => marked.get(seq)?.marked === 1);
      if (seqs.length > 0) drop(seqs, groups?.size);
      return seqs.length;
    },
    added(rows) {
      for (const row of rows) {
        if (groups === undefined) return; // the groups are read when they are needed
        if (Number(row[0]) <= groups.newest) {
          groups = undefined; // a recovered alert, which is older: the groups must be read again
          return;
        }
        groups.add(Number(row[0]), {
          priority: Number(row[PRIORITY]),
          rule: Number(row[RULE]),
          ...{ container: wordIn(row[CONTAINER]), pod: wordIn(row[POD]) },
          ...{ hostname: wordIn(row[HOSTNAME]), user: wordIn(row[USER]) },
        });
      }
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
