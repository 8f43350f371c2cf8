import type { RuleTimes } from "../store.ts";
import type { TimeSteps } from "../time-steps.ts";
import type { Alerts } from "./alerts.ts";
import type { FleetQuery } from "./fleet-query.ts";
import { listAt, numberAt, textAt } from "./json.ts";
import { aggregated, each, type Reach } from "./tallies.ts";

/** Maximum number of rules to count one by one. */
const MAX_COUNTED = 10_000;

/**
 * Counts alerts per rule and time step.
 * @param limit maximum number of rules; the rules with the most alerts are returned
 */
export async function ruleTimes(
  alerts: Alerts,
  wanted: FleetQuery,
  { from, step, number }: TimeSteps,
  limit: number,
): Promise<RuleTimes & { readonly reach: Reach }> {
  const series = new Map<string, number[]>();
  let more = false;
  const add = (rule: string, time: number, count: number): void => {
    const bucket = Math.floor((time - from) / step);
    if (bucket < 0 || bucket >= number) return;
    let counts = series.get(rule);
    if (counts === undefined) {
      if (series.size === MAX_COUNTED) {
        more = true;
        return;
      }
      counts = Array<number>(number).fill(0);
      series.set(rule, counts);
    }
    counts[bucket] = (counts[bucket] ?? 0) + count;
  };
  const found = await aggregated(alerts, wanted, {
    rules: {
      terms: { field: "falco.rule", size: limit, shard_size: limit * 2 },
      aggs: {
        steps: { date_histogram: { field: "@timestamp", fixed_interval: `${step / 1000}s`, min_doc_count: 1 } },
      },
    },
  });
  let reach: Reach;
  if (found === undefined)
    reach = await each(alerts, wanted, ({ rule, time }) => add(rule, Number(time / 1_000_000n), 1));
  else {
    more = numberAt(found.found, "rules", "sum_other_doc_count") > 0;
    for (const bucket of listAt(found.found, "rules", "buckets"))
      for (const inner of listAt(bucket, "steps", "buckets"))
        add(textAt(bucket, "key"), numberAt(inner, "key"), numberAt(inner, "doc_count"));
  }
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const sorted = [...series].map(([rule, counts]) => ({ rule, counts, total: total(counts) }));
  sorted.sort((one, other) => other.total - one.total);
  return {
    rules: sorted.slice(0, limit).map(({ rule, counts }) => ({ rule, counts })),
    more: more || sorted.length > limit,
    reach,
  };
}
