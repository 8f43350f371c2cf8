import type { TimeSteps } from "../time-steps.ts";
import type { Alerts, Position } from "./alerts.ts";
import { type FleetQuery, ID, TIME } from "./fleet-query.ts";
import { type Fields, listAt, numberAt, textAt } from "./json.ts";
import { aggregated, each, NEWEST, order, PLACE, type Reach, SHARD_VALUES } from "./tallies.ts";

/** A group of alerts. */
export interface Group {
  /** The value of `eyas.group`. */
  readonly key: string;
  readonly count: number;
  /** Index of the most severe priority. */
  readonly worst: number;
  /** Time of the oldest alert. */
  readonly first: string;
  /** Position of the newest alert. */
  readonly newest: Position;
  /** Number of alerts per interval. */
  readonly trend: readonly number[];
}

/** Maximum number of groups per query. */
const MOST_GROUPS = 1000;
const OLDEST = [{ [TIME]: { order: "asc" } }, { [ID]: { order: "asc" } }];

/**
 * Groups alerts by rule and workload; the group with the newest alert comes first.
 * @param steps intervals in which the alerts of each group are counted; undefined disables these counts
 */
export async function groupsOf(
  alerts: Alerts,
  wanted: FleetQuery,
  steps: TimeSteps | undefined,
): Promise<{ readonly groups: readonly Group[]; readonly reach: Reach }> {
  const one = (sort: readonly object[]): Fields => ({ top_hits: { size: 1, sort, _source: PLACE } });
  const trend = steps && {
    date_histogram: { field: "@timestamp", fixed_interval: `${steps.step / 1000}s`, min_doc_count: 1 },
  };
  const sums = await aggregated(alerts, wanted, {
    groups: {
      terms: { field: "eyas.group", size: MOST_GROUPS, shard_size: SHARD_VALUES, order: [{ latest: "desc" }] },
      aggs: {
        latest: { max: { field: TIME } },
        newest: one(NEWEST),
        oldest: one(OLDEST),
        priorities: { terms: { field: "falco.priority", size: order.length } },
        ...(trend && { trend }),
      },
    },
  });
  if (sums !== undefined) {
    const groups = listAt(sums.found, "groups", "buckets").map((bucket) => groupIn(bucket, steps));
    groups.sort(newestFirst);
    const more = numberAt(sums.found, "groups", "sum_other_doc_count") > 0;
    return { groups, reach: more ? groups.at(-1)?.newest.time : undefined };
  }
  const found = new Map<
    string,
    { key: string; count: number; worst: number; first: string; newest: Position; trend: number[] }
  >();
  const reach = await each(alerts, wanted, ({ group: key, isoTime, id, priority, time }) => {
    const worst = order.indexOf(priority);
    const known = found.get(key) ?? {
      ...{ key, count: 0, worst, first: isoTime, newest: { time: isoTime, id } },
      trend: Array<number>(steps?.number ?? 0).fill(0),
    };
    found.set(key, known);
    known.count++;
    known.first = isoTime;
    known.worst = Math.min(known.worst, worst);
    if (steps !== undefined) count(known.trend, steps, Number(time / 1_000_000n), 1);
  });
  return { groups: [...found.values()].sort(newestFirst), reach };
}

function groupIn(bucket: unknown, steps: TimeSteps | undefined): Group {
  const [newest] = listAt(bucket, "newest", "hits", "hits");
  const [oldest] = listAt(bucket, "oldest", "hits", "hits");
  const severities = listAt(bucket, "priorities", "buckets").map((inner) => order.indexOf(textAt(inner, "key")));
  const trend = Array<number>(steps?.number ?? 0).fill(0);
  if (steps !== undefined)
    for (const inner of listAt(bucket, "trend", "buckets"))
      count(trend, steps, numberAt(inner, "key"), numberAt(inner, "doc_count"));
  return {
    key: textAt(bucket, "key"),
    count: numberAt(bucket, "doc_count"),
    worst: Math.min(...severities.filter((severity) => severity >= 0)),
    first: textAt(oldest, "_source", "falco", "time"),
    newest: { time: textAt(newest, "_source", "falco", "time"), id: textAt(newest, "_source", "falco", "uuid") },
    trend,
  };
}

function count(counts: number[], { from, step }: TimeSteps, time: number, number: number): void {
  const at = Math.floor((time - from) / step);
  if (counts[at] !== undefined) counts[at] += number;
}

function newestFirst({ newest: a }: Group, { newest: b }: Group): number {
  return a.time === b.time ? (a.id < b.id ? 1 : -1) : a.time < b.time ? 1 : -1;
}
