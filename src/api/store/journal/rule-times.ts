import type { Filter } from "../../filter/filter.ts";
import type { RuleTimes } from "../store.ts";
import type { TimeSteps } from "../time-steps.ts";
import { SIZE } from "./block.ts";
import { columnIndex } from "./blocks.ts";
import type { Connection } from "./connection.ts";
import { eachBlock, type Reach } from "./tallies.ts";

/** Maximum number of rules to count. Limited because received alerts may have any rule names. */
const MAX_COUNTED = 10_000;

/**
 * Counts alerts per rule and time step.
 * @param limit maximum number of rules; the rules with the most alerts are returned
 */
export function ruleTimes(
  connection: Connection,
  filter: Filter,
  { from, step, number }: TimeSteps,
  limit: number,
): RuleTimes & { readonly reach: Reach } {
  const series = new Map<number, { readonly counts: Uint32Array; total: number }>();
  const at = columnIndex("rule");
  let more = false;
  const seriesOf = (rule: number) => {
    const known = series.get(rule);
    if (known !== undefined || series.size === MAX_COUNTED) return known;
    const counted = { counts: new Uint32Array(number), total: 0 };
    series.set(rule, counted);
    return counted;
  };
  const reach = eachBlock(connection, filter, ({ block, mask }) => {
    const rules = block.column(at);
    const own: ReturnType<typeof seriesOf>[] = [];
    for (let i = 0; i < SIZE; i++) {
      if (mask[i] !== 1) continue;
      const bucket = Math.floor(((block.time[i] ?? 0) / 1000 - from) / step);
      if (bucket < 0 || bucket >= number) continue;
      const code = rules.get(i);
      own[code] ??= seriesOf(rules.values[code] ?? 0);
      const counted = own[code];
      if (counted === undefined) {
        more = true;
        continue;
      }
      counted.counts[bucket] = (counted.counts[bucket] ?? 0) + 1;
      counted.total++;
    }
  });
  const sorted = [...series].sort(([, one], [, other]) => other.total - one.total);
  return {
    rules: sorted.slice(0, limit).map(([rule, { counts }]) => ({
      rule: connection.decoder.word(rule),
      counts: [...counts],
    })),
    more: more || sorted.length > limit,
    reach,
  };
}
