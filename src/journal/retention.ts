import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Entry } from "../alert/entry.ts";
import { plainValue } from "../alert/entry.ts";
import { priorities } from "../rule/rule.ts";
import { AlertGroups } from "./alert-groups.ts";
import type { BackgroundRows } from "./background-rows.ts";
import { wordColumns } from "./columns.ts";
import type { Row } from "./decode.ts";
import { openDeletion } from "./deletion.ts";
import { timeOfId } from "./id.ts";
import type { Words } from "./words.ts";

/** Minimum size limit, in bytes. Smaller limits have the same effect as this one. */
export const LEAST_MAX_SIZE = 10_000_000;

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
/**
 * Time by which an ID may be ahead of the clock, in milliseconds. A later time is wrong: IDs increase even if the clock
 * goes back, so IDs that are generated after the clock was ahead still contain the time to which it was set.
 */
const TOLERANCE = 86_400_000;

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
  /** Sequence number up to which all alerts are expired, because a later alert is expired. */
  let expiredUpTo = 0;
  /** Sequence number of the last examined alert of unknown age. */
  let unknownUpTo = 0;
  const oldest = db.prepare(`SELECT seq, id, time FROM alert WHERE seq > ? AND seq NOT IN (SELECT seq FROM suspension)
    ORDER BY seq LIMIT ${STEP}`);
  oldest.setReadBigInts(true);
  // A bulk change can acknowledge all alerts in the journal, so these alerts are not kept longer than others.
  const bulk = `SELECT 1 FROM bulk_change b WHERE undoes IS NULL
    AND id = (SELECT bulk FROM comment WHERE seq = ?1 AND state NOT NULL ORDER BY id DESC LIMIT 1)`;
  const marked = db.prepare(`SELECT EXISTS (SELECT 1 FROM triage WHERE seq = ?1 AND state <> 'closed'
      AND NOT EXISTS (${bulk}))
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
    if (maxAge === 0) return found;
    let unknown: number[] = [];
    for (const row of oldest.iterate(0)) {
      const seq = Number(row.seq);
      const time = writtenAt(row, now);
      if (seq <= expiredUpTo || (time !== undefined && time < now - maxAge)) {
        found.push(...unknown, seq);
        unknown = [];
      } else if (time === undefined) unknown.push(seq);
      else return found;
    }
    const last = unknown.at(-1);
    if (found.length > 0 || last === undefined) return found;
    return isExpiredAfter(Math.max(last, unknownUpTo), now) ? expired(now) : found;
  }

  /** Looks for the first alerts of known age after many alerts of unknown age. @returns whether they are expired */
  function isExpiredAfter(after: number, now: number): boolean {
    for (const row of oldest.iterate(after)) {
      const time = writtenAt(row, now);
      if (time === undefined) unknownUpTo = Number(row.seq);
      else if (time < now - maxAge) expiredUpTo = Number(row.seq);
      else break;
    }
    return expiredUpTo > after;
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
      expiredUpTo = 0;
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

/**
 * The time at which an alert was written, in milliseconds since the epoch: the time in its ID, or, if the ID is ahead of
 * the clock, the time of its event. Undefined if both are ahead of the clock.
 */
function writtenAt({ id, time }: Row, now: number): number | undefined {
  const latest = now + TOLERANCE;
  const ofId = id instanceof Uint8Array ? timeOfId(id) : Number.POSITIVE_INFINITY;
  if (ofId <= latest) return ofId;
  const ofEvent = Number(time) / 1e6;
  return ofEvent <= latest ? ofEvent : undefined;
}

function wordIn(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
