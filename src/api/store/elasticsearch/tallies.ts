import { plainValue } from "../../../alert/entry.ts";
import type { AlertQuery } from "../../../query/ast.ts";
import { priorities } from "../../../rule/rule.ts";
import type { Alerts } from "./alerts.ts";
import type { FleetAlert } from "./document.ts";
import { noDocument, plainExpression, type Query, term } from "./dsl.ts";
import { type FleetQuery, ID, TIME } from "./fleet-query.ts";
import { at, type Fields, listAt, numberAt, textAt } from "./json.ts";
import { partPaths } from "./query-bounds.ts";

/** Names of the priorities; the first is the most severe. */
export const order: readonly string[] = priorities;

/** Start of the counted range in ISO 8601; undefined if all alerts are counted. */
export type Reach = string | undefined;
export type ByValue = Map<string | undefined, number>;

/** Maximum time for testing individual alerts, in milliseconds, and number of alerts per batch. */
const BUDGET = 3000;
const PIECE = 1000;
/**
 * Maximum number of values to count, and number of values requested per shard, which is higher to make the counts more
 * accurate.
 */
const MOST_VALUES = 1000;
export const SHARD_VALUES = 5000;
export const NEWEST = [{ [TIME]: { order: "desc" } }, { [ID]: { order: "desc" } }];
export const PLACE = [TIME, ID];

/**
 * Aggregates on the server. Returns undefined if the query finds documents that may not match.
 * @param odd selects other documents that cannot be aggregated; if a document matches, the result is also undefined
 */
export async function aggregated(
  alerts: Alerts,
  wanted: FleetQuery,
  aggregations: Fields,
  odd: Query = noDocument,
): Promise<{ readonly total: number; readonly found: unknown } | undefined> {
  if (wanted.unclear === undefined) return undefined;
  const unclear = [wanted.unclear, odd].filter((query) => query !== noDocument);
  const unclearCount = unclear.length > 0 && {
    doubt: { filter: { bool: { should: unclear, minimum_should_match: 1 } } },
  };
  const answer = await alerts.search(wanted.query, {
    size: 0,
    track_total_hits: true,
    aggs: { ...aggregations, ...unclearCount },
  });
  if (numberAt(answer.aggregations, "doubt", "doc_count") > 0) return undefined;
  return { total: answer.total, found: answer.aggregations };
}

/**
 * Calls `take` with matching alerts, newest first, within the time limit.
 * @returns the start of the covered range
 */
export async function each(alerts: Alerts, wanted: FleetQuery, take: (alert: FleetAlert) => void): Promise<Reach> {
  const end = performance.now() + BUDGET;
  for await (const { alerts: found, position, last } of alerts.batches(wanted, "newest", undefined, PIECE)) {
    for (const alert of found) take(alert);
    if (!last && performance.now() > end) return position?.time;
  }
  return undefined;
}

/** Counts by value, the total number of alerts, and the start of the counted range. */
interface Counted {
  readonly counts: ByValue;
  readonly total: number;
  readonly reach: Reach;
}

/** Fields with the name and the ID of a container. */
const [CONTAINER_NAME, CONTAINER_ID] = ["container.name", "container.id"];

/** Selects the alerts whose container has no name. */
export const unnamedContainer: AlertQuery = {
  kind: "not",
  part: { kind: "test", name: CONTAINER_NAME, operator: "exists", values: [] },
};

/**
 * Counts alerts by the name of their container, or by its ID if the name is missing.
 * @param unnamed the alerts that match both `wanted` and {@link unnamedContainer}
 */
export async function countContainers(
  alerts: Alerts,
  wanted: FleetQuery,
  unnamed: FleetQuery,
  limit: number,
): Promise<Counted> {
  const [names, ids] = await Promise.all([
    countBy(alerts, wanted, CONTAINER_NAME, limit),
    countBy(alerts, unnamed, CONTAINER_ID, limit),
  ]);
  const counts: ByValue = new Map(ids.counts);
  for (const [name, count] of names.counts) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + count); // a container's name can equal the ID of another
  const total = names.total - (names.counts.get(undefined) ?? 0) + ids.total;
  return { counts, total, reach: laterOf(names.reach, ids.reach) };
}

/** The start of the range that two counts have in common. */
function laterOf(one: Reach, other: Reach): Reach {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}

/** Counts alerts by a property or a field. The key of alerts without a value is undefined. */
export async function countBy(alerts: Alerts, wanted: FleetQuery, by: string, limit: number): Promise<Counted> {
  const counts: ByValue = new Map();
  const size = Math.min(limit, MOST_VALUES);
  const part = by === "priority" ? "falco.priority" : Object.hasOwn(partPaths, by) ? partPaths[by] : undefined;
  const begin = part === undefined ? `${by}=` : "";
  const values = {
    terms: {
      field: part ?? "eyas.fields",
      size,
      shard_size: Math.max(SHARD_VALUES, size),
      order: [{ _count: "desc" }, { _key: "asc" }],
      ...(part === undefined && { include: `${plainExpression(begin)}.*` }),
    },
  };
  const having = part === undefined ? term("eyas.names", by) : { exists: { field: part } };
  const sums = await aggregated(
    alerts,
    wanted,
    { values, having: { filter: having } },
    part === undefined ? term("eyas.odd", by) : noDocument,
  );
  if (sums !== undefined) {
    for (const bucket of listAt(sums.found, "values", "buckets"))
      counts.set(textAt(bucket, "key").slice(begin.length), numberAt(bucket, "doc_count"));
    const without = sums.total - numberAt(sums.found, "having", "doc_count");
    if (without > 0) counts.set(undefined, without);
    return { counts, total: totalOf(by, sums.total, sums.found, without), reach: undefined };
  }
  let total = 0;
  const reach = await each(alerts, wanted, (alert) => {
    for (const value of valuesOf(alert, by)) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
      total++;
    }
  });
  return { counts, total, reach };
}

/** The sum of all counts. An alert with several tags counts once per tag. */
function totalOf(by: string, total: number, found: unknown, without: number): number {
  if (by !== "tags") return total;
  const others = numberAt(found, "values", "sum_other_doc_count");
  return listAt(found, "values", "buckets").reduce<number>(
    (sum, bucket) => sum + numberAt(bucket, "doc_count"),
    others + without,
  );
}

function valuesOf(alert: FleetAlert, by: string): readonly (string | undefined)[] {
  if (by === "tags") return alert.tags.length === 0 ? [undefined] : alert.tags;
  if (by === "rule" || by === "priority" || by === "source" || by === "hostname") return [alert[by]];
  const place = alert.names.indexOf(by);
  return [place < 0 ? undefined : plainValue(alert.values[place])];
}

/** Counts alerts per priority and time step. Times and steps are in milliseconds. */
export async function overTime(
  alerts: Alerts,
  wanted: FleetQuery,
  from: number,
  step: number,
  buckets: number,
): Promise<{ readonly sums: readonly Uint32Array[]; readonly reach: Reach }> {
  const sums = priorities.map(() => new Uint32Array(buckets));
  const add = (time: number, priority: string, count: number): void => {
    const bucket = Math.floor((time - from) / step);
    const own = sums[order.indexOf(priority)];
    if (own !== undefined && bucket >= 0 && bucket < buckets) own[bucket] = (own[bucket] ?? 0) + count;
  };
  const found = await aggregated(alerts, wanted, {
    steps: {
      date_histogram: { field: "@timestamp", fixed_interval: `${step / 1000}s`, min_doc_count: 1 },
      aggs: { priorities: { terms: { field: "falco.priority", size: priorities.length } } },
    },
  });
  if (found !== undefined) {
    for (const bucket of listAt(found.found, "steps", "buckets"))
      for (const inner of listAt(bucket, "priorities", "buckets"))
        add(numberAt(bucket, "key"), textAt(inner, "key"), numberAt(inner, "doc_count"));
    return { sums, reach: undefined };
  }
  const reach = await each(alerts, wanted, ({ time, priority }) => add(Number(time / 1_000_000n), priority, 1));
  return { sums, reach };
}

/** Number of alerts and time of the last alert by rule. */
export async function firedBy(
  alerts: Alerts,
  wanted: FleetQuery,
): Promise<ReadonlyMap<string, { hits: number; last: string }>> {
  const { aggregations } = await alerts.search(wanted.query, {
    size: 0,
    track_total_hits: false,
    aggs: {
      rules: {
        terms: { field: "falco.rule", size: MOST_VALUES },
        aggs: { newest: { top_hits: { size: 1, sort: NEWEST, _source: PLACE } } },
      },
    },
  });
  return new Map(
    listAt(aggregations, "rules", "buckets").map((bucket) => {
      const [newest] = listAt(bucket, "newest", "hits", "hits");
      const last = textAt(at(newest, "_source"), "falco", "time");
      return [textAt(bucket, "key"), { hits: numberAt(bucket, "doc_count"), last }];
    }),
  );
}
