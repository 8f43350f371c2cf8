import { existsSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type JournalAlert, plainValue } from "../alert/entry.ts";
import type { AlertQuery } from "../query/ast.ts";
import { QueryError } from "../query/error.ts";
import { isQueryField } from "../query/fields.ts";
import { priorities } from "../rule/rule.ts";
import { type ActionEntry, actionColumns, actionIn } from "./action-entry.ts";
import { wordKinds } from "./columns.ts";
import { alertColumns, columnNamed, openDecoder } from "./decode.ts";
import { idRange } from "./id.ts";
import { type DeadAlert, type OutputRecord, readStatus } from "./output-status.ts";
import { type Plan, planQuery } from "./plan.ts";
import { isMigrated } from "./schema.ts";

/** Reads a journal while it is written. Methods throw errors of SQLite. */
export interface Reader {
  /**
   * The alerts after a sequence number, in order; used by outputs.
   * @param most maximum characters of values, in addition to the limit
   */
  read(after: number, limit: number, most?: number): JournalAlert[];
  /** The position of a reader; 0 if there is none. */
  position(name: string): number;
  /** Sequence number of the newest alert; 0 if there is none. */
  last(): number;
  /** Sequence number of the oldest alert; 0 if there is none. */
  first(): number;
  /** The position and status of each output, by name. */
  outputs(): OutputRecord[];
  /** Dead letters of one output or all, oldest first. */
  dead(output: string | undefined, limit: number): DeadAlert[];
  /** Number of dead letters by output. */
  deadCounts(): ReadonlyMap<string, number>;
  /**
   * The alerts of a query, found lazily.
   * @param order `newest` or `oldest` first
   * @param after only alerts with larger sequence numbers
   */
  find(query: AlertQuery | undefined, order: "newest" | "oldest", after?: number): Iterable<JournalAlert>;
  /** Whether a query can name a field, from the catalogue or from an alert. */
  isField(name: string): boolean;
  /** Alerts with an ID prefix (at most two), or the one with this sequence number. */
  named(id: string): JournalAlert[];
  /** The actions for an alert, in order. */
  steps(seq: number): ActionEntry[];
  /**
   * Counts the alerts of a query for each value of a field, the most frequent first.
   * @throws QueryError
   */
  count(query: AlertQuery | undefined, field: string): { readonly value: string | undefined; readonly count: number }[];
  close(): void;
}

/**
 * @returns undefined if there is no journal
 * @throws errors of SQLite, ForeignJournal
 */
export function openReader(file: string): Reader | undefined {
  if (!existsSync(file)) return undefined;
  const db = openReadOnly(file);
  try {
    if (isMigrated(db, file)) return readerOn(db);
    db.close();
    return undefined;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Readers share memory with the writer through a file; if it cannot be created, there is no writer and it is not
 * required.
 */
export function openReadOnly(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    db.prepare("PRAGMA user_version").get();
    return db;
  } catch (error) {
    db.close();
    if (existsSync(`${file}-wal`)) throw error;
    const url = pathToFileURL(file);
    url.searchParams.set("immutable", "1");
    return new DatabaseSync(url, { readOnly: true });
  }
}

function readerOn(db: DatabaseSync): Reader {
  const decoder = openDecoder(db);
  const afterwards = exact(db.prepare(`SELECT ${alertColumns} FROM alert a WHERE seq > ? ORDER BY seq LIMIT ?`));
  const one = exact(db.prepare(`SELECT ${alertColumns} FROM alert a WHERE seq = ?`));
  const steps = db.prepare(`SELECT ${actionColumns} FROM response WHERE seq = ? ORDER BY id`);
  const place = db.prepare("SELECT seq FROM position WHERE name = ?");
  const outputs = db.prepare("SELECT name, seq, status FROM output JOIN position USING (name) ORDER BY name");
  const dead = exact(
    db.prepare(`SELECT d.output AS dead_output, d.time AS dead_time, d.reason AS dead_reason, ${alertColumns}
      FROM dead d JOIN alert a USING (seq) WHERE ?1 IS NULL OR d.output = ?1 ORDER BY d.seq, d.output LIMIT ?2`),
  );
  const shapes = db.prepare("SELECT text FROM word WHERE kind = ?");
  const deadCounts = db.prepare("SELECT output, count(*) AS count FROM dead GROUP BY output");
  const ends = db.prepare("SELECT (SELECT min(seq) FROM alert) AS first, (SELECT max(seq) FROM alert) AS last");
  const idAfter = db.prepare("SELECT seq, id FROM alert WHERE seq >= ? ORDER BY seq LIMIT 1");

  /**
   * Binary search for the first alert whose ID is not below `id`: IDs increase with sequence numbers, so no index is
   * needed.
   */
  function firstFrom(id: Uint8Array): number {
    const { first, last } = ends.get() ?? {};
    let low = Number(first ?? 1);
    let high = Number(last ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = idAfter.get(middle);
      if (found === undefined || Number(found.seq) >= high) high = middle;
      else if (found.id instanceof Uint8Array && Buffer.compare(found.id, id) < 0) low = Number(found.seq) + 1;
      else high = middle;
    }
    return low;
  }

  function* find(
    query: AlertQuery | undefined,
    order: "newest" | "oldest",
    after: number | undefined,
  ): Generator<JournalAlert> {
    const plan = planQuery(db, query);
    if (plan.empty) return;
    const statement = exact(db.prepare(select(plan, alertColumns, order, after)));
    for (const row of statement.iterate(...valuesOf(plan))) {
      const alert = decoder.alert(row);
      if (plan.tests.every((test) => test(alert))) yield alert;
    }
  }

  return {
    read(after, limit, most = Number.POSITIVE_INFINITY) {
      const alerts: JournalAlert[] = [];
      let size = 0;
      for (const row of afterwards.iterate(after, limit)) {
        alerts.push(decoder.alert(row));
        size += String(row.values).length;
        if (size >= most) break;
      }
      return alerts;
    },
    position: (name) => Number(place.get(name)?.seq ?? 0),
    last: () => Number(ends.get()?.last ?? 0),
    first: () => Number(ends.get()?.first ?? 0),
    outputs: () =>
      outputs.all().map(({ name, seq, status }) => ({
        name: String(name),
        seq: Number(seq),
        status: readStatus(status),
      })),
    dead: (output, limit) =>
      dead.all(output ?? null, limit).map((row) => ({
        output: String(row.dead_output),
        seq: Number(row.seq),
        time: Number(row.dead_time),
        reason: String(row.dead_reason),
        alert: decoder.alert(row),
      })),
    deadCounts: () => new Map(deadCounts.all().map(({ output, count }) => [String(output), Number(count)])),
    find,
    isField: (name) =>
      isQueryField(name, () => shapes.all(wordKinds.shape).some(({ text }) => String(text).split("\n").includes(name))),
    named(id) {
      const range = idRange(id);
      const number = /^\d{1,15}$/.test(id) ? one.all(Number(id)) : [];
      if (range === undefined || number.length > 0) return number.map(decoder.alert);
      const first = firstFrom(range[0]);
      return afterwards.all(first - 1, 2).flatMap((row) => {
        const inRange = row.id instanceof Uint8Array && Buffer.compare(row.id, range[1]) <= 0;
        return inRange ? [decoder.alert(row)] : [];
      });
    },
    steps: (seq) =>
      steps
        .all(seq)
        .map(actionIn)
        .filter((step) => step !== undefined),
    count(query, field) {
      const plan = planQuery(db, query);
      if (plan.empty) return [];
      const column = field === "priority" ? "priority" : columnNamed(field);
      const counts = new Map<string | undefined, number>();
      if (column !== undefined && plan.tests.length === 0) {
        const sql = `${select(plan, `a."${column}" AS value, count(*) AS count`)} GROUP BY 1`;
        for (const { value, count } of db.prepare(sql).iterate(...valuesOf(plan))) {
          const text =
            value === null ? undefined : column === "priority" ? priorities[Number(value)] : decoder.word(value);
          counts.set(text, Number(count));
        }
      } else {
        const read = valueReader(field);
        for (const alert of find(query, "oldest", undefined))
          for (const value of read(alert)) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      return [...counts]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1));
    },
    close: () => db.close(),
  };
}

function exact(statement: StatementSync): StatementSync {
  statement.setReadBigInts(true);
  return statement;
}

/** The SQL of a plan; {@link valuesOf} returns its values. */
function select({ match, where }: Plan, what: string, order?: "newest" | "oldest", after?: number): string {
  const indexed = what.startsWith('a."rule" AS') ? " INDEXED BY alert_rule" : "";
  const tables = match === undefined ? `alert a${indexed}` : "search JOIN alert a ON a.seq = search.rowid";
  const key = match === undefined ? "a.seq" : "search.rowid";
  const all = [...(match === undefined ? [] : ["search MATCH ?"]), ...where];
  if (after !== undefined) all.push(`${key} > ${Math.trunc(after)}`);
  const conditions =
    all.length === 0 ? "" : ` WHERE ${all.join(" AND ").replaceAll("a.seq BETWEEN", `${key} BETWEEN`)}`;
  const sorted = order === undefined ? "" : ` ORDER BY ${key} ${order === "newest" ? "DESC" : "ASC"}`;
  return `SELECT ${what} FROM ${tables}${conditions}${sorted}`;
}

function valuesOf({ match, values }: Plan): Plan["values"] {
  return match === undefined ? values : [match, ...values];
}

/** Extracts the values by which an alert is counted. */
function valueReader(field: string): (alert: JournalAlert) => readonly (string | undefined)[] {
  if (field === "tag" || field === "tags") return (alert) => alert.tags;
  if (field === "day") return ({ time }) => [new Date(Number(time / 1_000_000n)).toISOString().slice(0, 10)];
  if (field === "hour") return ({ time }) => [`${new Date(Number(time / 1_000_000n)).toISOString().slice(0, 13)}:00Z`];
  if (field === "priority") return ({ priority }) => [priority];
  if (field === "rule" || field === "source" || field === "hostname") return (alert) => [alert[field]];
  if (!/^[a-z]+[a-z0-9_]*\./.test(field))
    throw new QueryError(
      `"${field}" cannot be counted by; use rule, priority, source, host, ns, pod, container, tag, day, hour or a field such as fd.name.`,
    );
  return ({ names, values }) => [plainValue(values[names.indexOf(field)])];
}
