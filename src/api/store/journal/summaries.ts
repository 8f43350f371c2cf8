import { priorities } from "../../../rule/rule.ts";
import { everything } from "../../filter/filter.ts";
import type { Hits, Searched, Store } from "../store.ts";
import { stepsInAnswer, timeSteps } from "../time-steps.ts";
import { SIZE } from "./block.ts";
import { columnIndex } from "./blocks.ts";
import type { Connection } from "./connection.ts";
import type { OpenJournal } from "./open-journal.ts";
import { ruleTimes } from "./rule-times.ts";
import { isoOfMicroseconds } from "./stored.ts";
import { countBy, eachBlock, overTime, type Reach } from "./tallies.ts";

const DAY = 86_400_000_000_000n;

/** Methods that count alerts. */
export function summaryMethods(journal: OpenJournal): Pick<Store, "count" | "overTime" | "rulesOverTime" | "hits"> {
  const { connected, cached } = journal;
  return {
    async count(filter, by, limit, share) {
      const connection = connected();
      if (connection === undefined) return { counts: [], total: 0 };
      const { counts, reach } = cached(connection, ["count", by, filter], () => countBy(connection, filter, by, share));
      let total = 0;
      for (const count of counts.values()) total += count;
      const sorted = [...counts].sort((a, b) => b[1] - a[1] || ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1));
      return {
        counts: sorted.slice(0, limit).map(([value = null, count]) => ({ value, count })),
        total,
        ...searched(reach),
      };
    },
    async overTime(filter, buckets) {
      const connection = connected();
      const steps = timeSteps(filter, firstTime(connection), buckets);
      const { from, step, number } = steps;
      const found =
        connection === undefined
          ? { sums: priorities.map(() => new Uint32Array(number)), reach: undefined }
          : cached(connection, ["time", filter, from, step, number], () =>
              overTime(connection, filter, from * 1000, step * 1000, number),
            );
      return {
        ...stepsInAnswer(steps),
        series: priorities.map((priority, i) => ({ priority, counts: [...(found.sums[i] ?? [])] })),
        ...searched(found.reach),
      };
    },
    async rulesOverTime(filter, buckets, limit) {
      const connection = connected();
      const steps = timeSteps(filter, firstTime(connection), buckets);
      if (connection === undefined) return { ...stepsInAnswer(steps), rules: [], more: false };
      const { reach, ...found } = cached(connection, ["rule times", filter, steps, limit], () =>
        ruleTimes(connection, filter, steps, limit),
      );
      return { ...stepsInAnswer(steps), ...found, ...searched(reach) };
    },
    async hits() {
      const connection = connected();
      return connection === undefined ? new Map() : hitsOf(connection);
    },
  };
}

/** The start of the counted range of an incomplete count, in the format of the API. */
export function searched(reach: Reach): Searched {
  if (reach === undefined) return {};
  const { time, continues } = reach;
  return { complete: false, searched: isoOfMicroseconds(time), ...(continues && { continues }) };
}

/** Time of the oldest loaded alert in milliseconds since the epoch; the current time if no alert is loaded. */
export function firstTime(connection: Connection | undefined): number {
  const first = connection?.blocks.earliest ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(first) ? first / 1000 : Date.now();
}

function hitsOf(connection: Connection): Hits {
  const sums = new Map<number, { hits: number; last: number }>();
  const at = columnIndex("rule");
  const since = BigInt(Date.now()) * 1_000_000n - DAY;
  eachBlock(connection, { ...everything, since }, ({ block, mask }) => {
    const rules = block.column(at);
    const own = Array.from(rules.values, (rule) => ({ rule, hits: 0, last: 0 }));
    for (let i = 0; i < SIZE; i++) {
      const one = mask[i] === 1 ? own[rules.get(i)] : undefined;
      if (one === undefined) continue;
      one.hits++;
      one.last = Math.max(one.last, block.time[i] ?? 0);
    }
    for (const { rule, hits, last } of own) {
      const sum = sums.get(rule) ?? { hits: 0, last: 0 };
      sums.set(rule, { hits: sum.hits + hits, last: Math.max(sum.last, last) });
    }
  });
  return new Map(
    [...sums].map(([word, { hits, last }]) => [
      connection.decoder.word(word),
      { hits, last: last === 0 ? null : isoOfMicroseconds(last) },
    ]),
  );
}
