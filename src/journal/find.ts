import type { DatabaseSync } from "node:sqlite";
import type { JournalAlert } from "../alert/entry.ts";
import type { AlertQuery } from "../query/ast.ts";
import { alertTest } from "../query/match.ts";
import { type DamagedRows, lastSeq, type Order } from "./damaged-rows.ts";
import { alertColumns, rowUnlessDamaged } from "./decode.ts";
import { faultOf } from "./fault.ts";
import { type Plan, planQuery } from "./plan.ts";
import type { Reader } from "./read.ts";

/** Exclusive bounds of sequence numbers. */
export interface Bounds {
  readonly after: number | undefined;
  readonly before: number | undefined;
}

/** Maximum number of alerts on the first page. */
const FIRST_PAGE = 64;
/** Maximum number of alerts on the following pages. */
const MAX_PAGE = 4096;
/** Total length of the values on a page, in characters, at which the page ends. */
const MAX_CHARACTERS = 4_000_000;

/** The result of one statement: a page of alerts. */
interface Page {
  readonly alerts: readonly JournalAlert[];
  /** Bounds of the alerts that follow the page. */
  readonly rest: Bounds;
  readonly isLast: boolean;
  /** The error that ended the page early; undefined if there was none. */
  readonly failure: unknown;
}

/**
 * Finds the alerts of a query, page by page. A statement that stays open while the caller waits, for example for a
 * pipe, would prevent the write-ahead log from being emptied. Continues without the full-text index if it is damaged,
 * and skips damaged pages.
 */
export function finder(db: DatabaseSync, damage: DamagedRows): Reader["find"] {
  function read(plan: Plan, order: Order, bounds: Bounds, limit: number): Page {
    const alerts: JournalAlert[] = [];
    let rest = bounds;
    let rows = 0;
    let characters = 0;
    try {
      const statement = db.prepare(`${select(plan, alertColumns, order, bounds)} LIMIT ${limit}`);
      statement.setReadBigInts(true);
      for (const row of statement.iterate(...valuesOf(plan))) {
        rows++;
        const seq = Number(row.seq);
        if (order === "oldest" ? seq <= (rest.after ?? 0) : seq >= (rest.before ?? Number.POSITIVE_INFINITY)) {
          damage.add(seq); // the page of the row is misplaced in the file
          continue;
        }
        rest = order === "oldest" ? { ...rest, after: seq } : { ...rest, before: seq };
        const alert = damage.decode(row);
        if (alert === undefined || !plan.tests.every((test) => test(alert))) continue;
        alerts.push(alert);
        characters += String(row.values).length;
        if (characters >= MAX_CHARACTERS) return { alerts, rest, isLast: false, failure: undefined };
      }
      return { alerts, rest, isLast: rows < limit, failure: undefined };
    } catch (failure) {
      return { alerts, rest, isLast: false, failure };
    }
  }

  return function* find(query, order, after) {
    let plan = rowUnlessDamaged(() => planQuery(db, query)) ?? wholeScan(query);
    // Excludes alerts that are written while the query runs.
    let bounds: Bounds = { after, before: order === "oldest" ? lastSeq(db) + 1 : undefined };
    let stride = 1;
    for (let limit = FIRST_PAGE; !plan.empty; limit = Math.min(MAX_PAGE, limit * 2)) {
      const { alerts, rest, isLast, failure } = read(plan, order, bounds, limit);
      yield* alerts;
      if (isLast) return;
      if (failure === undefined && rest === bounds) {
        // All rows are from misplaced pages, so skip sequence numbers, in growing steps.
        bounds = beyond(bounds, order, stride);
        stride *= 2;
        if ((bounds.before ?? 1) <= (bounds.after ?? 0)) return;
        continue;
      }
      bounds = rest;
      if (failure === undefined) continue;
      if (faultOf(failure) !== "damaged") throw failure;
      if (plan.match !== undefined || plan.where.length > 0) {
        plan = wholeScan(query);
        continue;
      }
      const from = order === "oldest" ? (bounds.after ?? 0) : (bounds.before ?? lastSeq(db) + 1);
      const next = damage.skip(from, order);
      if (next === undefined) return;
      bounds = order === "oldest" ? { ...bounds, after: next } : { ...bounds, before: next };
    }
  };
}

/** Moves the bounds by `numbers` sequence numbers. */
function beyond({ after = 0, before }: Bounds, order: Order, numbers: number): Bounds {
  if (order === "oldest") return { after: after + numbers, before };
  return { after, before: (before ?? Number.MAX_SAFE_INTEGER) - numbers };
}

/** Returns a plan that reads and tests every alert, without an index. */
function wholeScan(query: AlertQuery | undefined): Plan {
  const tests = query === undefined ? [] : [alertTest(query)];
  return { match: undefined, where: [], values: [], tests, empty: false };
}

/** The SQL statement of a plan. {@link valuesOf} returns its values. */
export function select({ match, where }: Plan, what: string, order?: Order, bounds?: Bounds): string {
  // NOT INDEXED makes SQLite read in the order of sequence numbers. Otherwise, SQLite may sort all remaining alerts for
  // each page.
  const isByRule = bounds === undefined && what.startsWith('a."rule" AS');
  const indexed = order !== undefined ? " NOT INDEXED" : isByRule ? " INDEXED BY alert_rule" : "";
  const tables = match === undefined ? `alert a${indexed}` : "search JOIN alert a ON a.seq = search.rowid";
  const key = match === undefined ? "a.seq" : "search.rowid";
  const all = [...(match === undefined ? [] : ["search MATCH ?"]), ...where];
  if (bounds?.after !== undefined) all.push(`${key} >= ${Math.trunc(bounds.after) + 1}`);
  if (bounds?.before !== undefined) all.push(`${key} <= ${Math.trunc(bounds.before) - 1}`);
  const conditions =
    all.length === 0 ? "" : ` WHERE ${all.join(" AND ").replaceAll("a.seq BETWEEN", `${key} BETWEEN`)}`;
  const sorted = order === undefined ? "" : ` ORDER BY ${key} ${order === "newest" ? "DESC" : "ASC"}`;
  return `SELECT ${what} FROM ${tables}${conditions}${sorted}`;
}

export function valuesOf({ match, values }: Plan): Plan["values"] {
  return match === undefined ? values : [match, ...values];
}
