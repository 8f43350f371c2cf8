import { existsSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type JournalAlert, plainValue } from "../alert/entry.ts";
import { REPEATS } from "../alert/repeats-field.ts";
import type { AlertQuery } from "../query/ast.ts";
import { QueryError } from "../query/error.ts";
import { isQueryField } from "../query/fields.ts";
import { priorities } from "../rule/rule.ts";
import { type ActionEntry, actionColumns, actionIn } from "./action-entry.ts";
import { wordColumns, wordKinds } from "./columns.ts";
import { UNFINISHED } from "./copies.ts";
import { type DamagedRows, firstSeq, lastSeq, type Order, openDamagedRows } from "./damaged-rows.ts";
import { alertColumns, columnNamed, type Decoder, openDecoder, rowUnlessDamaged } from "./decode.ts";
import { faultOf } from "./fault.ts";
import { type Bounds, finder, select, valuesOf } from "./find.ts";
import { idRange } from "./id.ts";
import { type DeadAlert, type OutputRecord, readStatus } from "./output-status.ts";
import { type Plan, planQuery } from "./plan.ts";
import { isMigrated } from "./schema.ts";

/** A page of alerts after a position. */
export interface AlertPage {
  readonly alerts: JournalAlert[];
  /** Sequence number up to which the journal was read. */
  readonly reached: number;
  /** Sequence numbers of damaged alerts that were skipped, up to `reached`. */
  readonly damaged: readonly number[];
  /** Whether the journal had no more alerts after `reached` when it was read. False if this is unknown. */
  readonly isLast: boolean;
}

/** Reads a journal, even while it is written. Skips and counts damaged alerts. Methods throw SQLite errors. */
export interface Reader {
  /**
   * The alerts after a sequence number, in ascending order.
   * @param most total length of the messages and values of the alerts, in characters, at which reading ends
   */
  read(after: number, limit: number, most?: number): JournalAlert[];
  /**
   * Like {@link read}, but also returns the position up to which the journal was read, and the skipped damaged alerts.
   */
  page(after: number, limit: number, most?: number): AlertPage;
  /**
   * Number of alerts from `after` (exclusive) to `reached` that exist but are not found by their sequence numbers,
   * because pages are misplaced in the file or the keys of inner pages are damaged. Alerts that {@link page} has skipped
   * between `after` and its first alert count as one.
   */
  unfindable(after: number, reached: number): number;
  /** Number of damaged alerts that this reader has skipped. */
  readonly damaged: number;
  /** Number of damaged strings of alerts that this reader has read from a copy. */
  readonly restored: number;
  /** The stored position of a reader; 0 if none is stored. */
  position(name: string): number;
  /** Sequence number up to which missing alerts may still be recovered from a damaged file; 0 if there is none. */
  unrecovered(): number;
  /** Sequence number of the newest alert; 0 if there is none. */
  last(): number;
  /** Sequence number of the oldest alert; 0 if there is none. */
  first(): number;
  /** The position and status of each output, by name. */
  outputs(): OutputRecord[];
  /**
   * Dead letters of an output, or of all outputs if `output` is undefined, oldest alerts first.
   * @param after returns only dead letters of alerts with larger sequence numbers
   */
  dead(output: string | undefined, limit: number, after?: number): DeadAlert[];
  /** Number of dead letters by output. */
  deadCounts(): ReadonlyMap<string, number>;
  /**
   * Finds the alerts of a query while the caller iterates over them. Each page is a short read transaction, even if the
   * caller is slow.
   * @param order `newest` or `oldest` first
   * @param after returns only alerts with larger sequence numbers
   */
  find(query: AlertQuery | undefined, order: Order, after?: number): Iterable<JournalAlert>;
  /**
   * Whether queries can use a name as a field: it is in the field catalogue, or a stored alert has a field of this
   * name.
   */
  isField(name: string): boolean;
  /** The alert with a sequence number, or the first two alerts whose IDs start with a prefix. */
  named(id: string): JournalAlert[];
  /** The action log entries for an alert, ordered by ID. */
  steps(seq: number): ActionEntry[];
  /**
   * Counts the alerts that match a query, and their repeats, by the values of a field. The most frequent values come
   * first.
   * @throws QueryError
   */
  count(query: AlertQuery | undefined, field: string): { readonly value: string | undefined; readonly count: number }[];
  close(): void;
}

/**
 * Opens a journal for reading.
 * @returns undefined if there is no journal
 * @throws SQLite errors, ForeignJournal
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
 * Opens a database for reading. Readers and the writer share memory through a file. If this file does not exist and
 * cannot be created, there is no writer, so the database is opened without the file.
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

/** Creates a reader on an open database. */
export function readerOn(db: DatabaseSync): Reader {
  const decoder = openDecoder(db);
  const damage = openDamagedRows(db, decoder);
  const prepareFrom = (): StatementSync =>
    exact(db.prepare(`SELECT ${alertColumns} FROM alert a WHERE seq >= ? ORDER BY seq LIMIT ?`));
  let from = prepareFrom();
  const one = exact(db.prepare(`SELECT ${alertColumns} FROM alert a WHERE seq = ?`));
  const exists = db.prepare("SELECT 1 FROM alert WHERE seq = ?");
  const between = db.prepare("SELECT seq FROM alert NOT INDEXED WHERE seq BETWEEN ? AND ? ORDER BY seq");
  const predecessor = db.prepare("SELECT seq FROM alert NOT INDEXED WHERE seq < ? ORDER BY seq DESC LIMIT 1");
  const steps = db.prepare(`SELECT ${actionColumns} FROM response WHERE seq = ? ORDER BY id`);
  const place = exact(db.prepare("SELECT seq FROM position WHERE name = ?"));
  const recovering = exact(db.prepare("SELECT max(value) AS until FROM state WHERE substr(name, 1, ?) = ?"));
  const shapes = db.prepare("SELECT text FROM word WHERE kind = ?");
  const withIdentities = identityReader(db);
  const find = finder(db, damage);

  function page(after: number, limit: number, most = Number.POSITIVE_INFINITY): AlertPage {
    const alerts: JournalAlert[] = [];
    damage.take();
    let size = 0;
    let reached = after;
    let stride = 1;
    let isLast = false;
    while (alerts.length < limit && size < most) {
      try {
        let rows = 0;
        const before = reached;
        const wanted = limit - alerts.length;
        for (const row of from.iterate(reached + 1, wanted)) {
          rows++;
          const seq = Number(row.seq);
          if (seq <= reached) {
            damage.add(seq); // the page of the row is misplaced in the file
            continue;
          }
          const alert = damage.decode(row);
          reached = seq;
          if (alert === undefined) continue;
          alerts.push(alert);
          size += alert.message.length + String(row.values).length;
          if (size >= most) break;
        }
        if (rows < wanted) {
          isLast = size < most;
          break;
        }
        if (reached > before) continue;
        // All rows are from misplaced pages, so skip sequence numbers, in growing steps.
        reached += stride;
        stride *= 2;
        if (reached >= lastSeq(db)) break;
      } catch (error) {
        if (faultOf(error) !== "damaged") throw error;
        from = prepareFrom(); // a new statement, since the old one would report the same error again
        const next = damage.skip(reached, "oldest");
        if (next === undefined) break;
        reached = next;
      }
    }
    return { alerts: withIdentities(alerts), reached, damaged: damage.take(), isLast };
  }

  return {
    page,
    read: (after, limit, most) => page(after, limit, most).alerts,
    unfindable(after, reached) {
      const found = between.all(after + 1, reached).map(({ seq }) => Number(seq));
      const previous = Number(found[0] === undefined ? 0 : (predecessor.get(found[0])?.seq ?? 0));
      const lost = found.filter((seq) => exists.get(seq) === undefined);
      return lost.length + (previous > after ? 1 : 0);
    },
    get damaged() {
      return damage.count;
    },
    get restored() {
      return decoder.restored;
    },
    position: (name) => Number(place.get(name)?.seq ?? 0),
    unrecovered: () => Number(recovering.get(UNFINISHED.length, UNFINISHED)?.until ?? 0),
    last: () => lastSeq(db),
    first: () => firstSeq(db),
    ...outputReader(db, damage),
    find,
    isField: (name) =>
      isQueryField(name, () => shapes.all(wordKinds.shape).some(({ text }) => String(text).split("\n").includes(name))),
    named(id) {
      const range = idRange(id);
      const number = /^\d{1,15}$/.test(id) ? damage.decodeAll(one.all(Number(id))) : [];
      if (range === undefined || number.length > 0) return number;
      const first = firstFrom(db, range[0]);
      return page(first - 1, 2).alerts.filter((alert) => isBetween(alert.id, range));
    },
    steps: (seq) =>
      steps
        .all(seq)
        .map(actionIn)
        .filter((step) => step !== undefined),
    count: (query, field) => counted(db, decoder, find, query, field),
    close: () => db.close(),
  };
}

function isBetween(id: string, [from, to]: readonly [Uint8Array, Uint8Array]): boolean {
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  return Buffer.compare(bytes, from) >= 0 && Buffer.compare(bytes, to) <= 0;
}

/**
 * Finds the sequence number from which IDs are at least `id`. Uses binary search instead of an index, since IDs
 * increase with sequence numbers.
 */
function firstFrom(db: DatabaseSync, id: Uint8Array): number {
  const idAfter = db.prepare("SELECT seq, id FROM alert WHERE seq >= ? ORDER BY seq LIMIT 1");
  let low = firstSeq(db);
  let high = lastSeq(db) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = rowUnlessDamaged(() => idAfter.get(middle));
    if (found === undefined || Number(found.seq) >= high) high = middle;
    else if (found.id instanceof Uint8Array && Buffer.compare(found.id, id) < 0) low = Number(found.seq) + 1;
    else high = middle;
  }
  return low;
}

/**
 * Returns a function that adds identities to alerts. The alerts must be in ascending order. Old alerts have no
 * identity, because their identities have been deleted.
 */
function identityReader(db: DatabaseSync): (alerts: JournalAlert[]) => JournalAlert[] {
  const between = db.prepare("SELECT seq, text FROM identity WHERE seq BETWEEN ? AND ?");
  return (alerts) => {
    const [first, last] = [alerts[0]?.seq, alerts.at(-1)?.seq];
    if (first === undefined || last === undefined) return alerts;
    const rows = rowUnlessDamaged(() => between.all(first, last)) ?? [];
    if (rows.length === 0) return alerts;
    const texts = new Map(rows.map(({ seq, text }) => [Number(seq), String(text)]));
    return alerts.map((alert) => {
      const identity = texts.get(alert.seq);
      return identity === undefined ? alert : { ...alert, identity };
    });
  };
}

/** Reads positions, status and dead letters of outputs. */
function outputReader(db: DatabaseSync, damage: DamagedRows): Pick<Reader, "outputs" | "dead" | "deadCounts"> {
  const outputs = db.prepare("SELECT name, seq, status FROM output JOIN position USING (name) ORDER BY name");
  const dead = exact(
    db.prepare(`SELECT d.output AS dead_output, d.time AS dead_time, d.reason AS dead_reason, ${alertColumns}
      FROM dead d JOIN alert a USING (seq) WHERE (?1 IS NULL OR d.output = ?1) AND d.seq > ?3 ORDER BY d.seq, d.output LIMIT ?2`),
  );
  const withIdentities = identityReader(db);
  const deadCounts = db.prepare("SELECT output, count(*) AS count FROM dead GROUP BY output");
  return {
    outputs: () =>
      outputs.all().map(({ name, seq, status }) => ({
        name: String(name),
        seq: Number(seq),
        status: readStatus(status),
      })),
    dead: (output, limit, after = 0) =>
      dead.all(output ?? null, limit, after).flatMap((row) => {
        const [alert] = withIdentities([damage.decode(row)].filter((one) => one !== undefined));
        if (alert === undefined) return [];
        const [name, reason] = [String(row.dead_output), String(row.dead_reason)];
        return [{ output: name, seq: Number(row.seq), time: Number(row.dead_time), reason, alert }];
      }),
    deadCounts: () => new Map(deadCounts.all().map(({ output, count }) => [String(output), Number(count)])),
  };
}

/** Implements {@link Reader.count}. */
function counted(
  db: DatabaseSync,
  decoder: Decoder,
  find: Reader["find"],
  query: AlertQuery | undefined,
  field: string,
): ReturnType<Reader["count"]> {
  const counts =
    rowUnlessDamaged(() => countedByColumn(db, decoder, find, query, field)) ?? countedOneByOne(find, query, field);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1));
}

type ValueCounts = ReadonlyMap<string | undefined, number>;

/** Counts alerts with SQL; undefined if the query or the field can be evaluated only on decoded alerts. */
function countedByColumn(
  db: DatabaseSync,
  decoder: Decoder,
  find: Reader["find"],
  query: AlertQuery | undefined,
  field: string,
): ValueCounts | undefined {
  const plan = planQuery(db, query);
  const counts = new Map<string | undefined, number>();
  if (plan.empty) return counts;
  const column = field === "priority" ? "priority" : columnNamed(field);
  if (column === undefined || plan.tests.length > 0) return undefined;
  const what = `a."${column}" AS value, count(*) AS count`;
  for (const bounds of isRuleIndexed(plan, column) ? [undefined] : ranges(db))
    for (const { value, count } of db
      .prepare(`${select(plan, what, undefined, bounds)} GROUP BY 1`)
      .all(...valuesOf(plan))) {
      const text = value === null ? undefined : column === "priority" ? priorities[Number(value)] : decoder.word(value);
      counts.set(text, (counts.get(text) ?? 0) + Number(count));
    }
  const read = valueReader(wordColumns.find((one) => one.column === column)?.field ?? field);
  const repeated = query === undefined ? withRepeats : ({ kind: "and", parts: [query, withRepeats] } as const);
  for (const alert of find(repeated, "oldest"))
    for (const value of read(alert)) counts.set(value, (counts.get(value) ?? 0) + repeatsOf(alert));
  return counts;
}

/** Whether a count needs only the index of rules, so that it takes only milliseconds. */
function isRuleIndexed({ match, where }: Plan, column: string): boolean {
  return column === "rule" && match === undefined && where.length === 0;
}

/** Maximum number of alerts to count per read transaction. */
const RANGE = 65_536;

/** Consecutive ranges of sequence numbers that cover the alerts that exist when the iteration starts. */
function* ranges(db: DatabaseSync): Generator<Bounds> {
  const next = db.prepare("SELECT seq FROM alert WHERE seq > ? ORDER BY seq LIMIT 1");
  const last = lastSeq(db);
  for (let after = firstSeq(db) - 1; after < last; ) {
    const before = Math.min(after + RANGE, last) + 1;
    yield { after, before };
    const row = rowUnlessDamaged(() => next.get(before - 1) ?? { seq: last + 1 });
    after = row === undefined ? before - 1 : Number(row.seq) - 1;
  }
}

function countedOneByOne(find: Reader["find"], query: AlertQuery | undefined, field: string): ValueCounts {
  const counts = new Map<string | undefined, number>();
  const read = valueReader(field);
  for (const alert of find(query, "oldest"))
    for (const value of read(alert)) counts.set(value, (counts.get(value) ?? 0) + 1 + repeatsOf(alert));
  return counts;
}

function exact(statement: StatementSync): StatementSync {
  statement.setReadBigInts(true);
  return statement;
}

/** Query for alerts that contain the word `repeats`, as the messages of all alerts with repeats do. */
const withRepeats: AlertQuery = { kind: "words", text: "repeats", words: ["repeats"], prefix: false };

function repeatsOf({ names, values }: JournalAlert): number {
  const count = Number(values[names.indexOf(REPEATS)] ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** Returns a function that extracts the values by which an alert is counted. */
function valueReader(field: string): (alert: JournalAlert) => readonly (string | undefined)[] {
  if (field === "tag" || field === "tags") return (alert) => alert.tags;
  if (field === "day") return ({ time }) => [new Date(Number(time / 1_000_000n)).toISOString().slice(0, 10)];
  if (field === "hour") return ({ time }) => [`${new Date(Number(time / 1_000_000n)).toISOString().slice(0, 13)}:00Z`];
  if (field === "priority") return ({ priority }) => [priority];
  if (field === "rule" || field === "source" || field === "hostname") return (alert) => [alert[field]];
  if (!/^[a-z]+[a-z0-9_]*\./.test(field))
    throw new QueryError(
      `cannot count by "${field}"; use rule, priority, source, host, ns, pod, container, tag, day, hour or a field such as fd.name.`,
    );
  return ({ names, values }) => [plainValue(values[names.indexOf(field)])];
}
