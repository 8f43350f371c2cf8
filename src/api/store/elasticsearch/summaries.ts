import { join } from "../../../query/bind.ts";
import { priorities } from "../../../rule/rule.ts";
import { everything, type Filter } from "../../filter/filter.ts";
import type { Searched, Store } from "../store.ts";
import { stepsInAnswer, type TimeSteps, timeSteps } from "../time-steps.ts";
import type { Fleet } from "./fleet.ts";
import { ruleTimes } from "./rule-times.ts";
import { countBy, countContainers, firedBy, overTime, type Reach, unnamedContainer } from "./tallies.ts";

const DAY = 86_400_000_000_000n;

/** Methods that count alerts. */
export function summaryMethods(fleet: Fleet): Pick<Store, "count" | "overTime" | "rulesOverTime" | "hits"> {
  const { alerts, query } = fleet;
  return {
    async count(filter, by, limit) {
      const wanted = await query(filter);
      const { counts, total, reach } =
        by === "container"
          ? await countContainers(alerts, wanted, await query(unnamedIn(filter)), limit)
          : await countBy(alerts, wanted, by, limit);
      const sorted = [...counts].sort((a, b) => b[1] - a[1] || ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1));
      return {
        counts: sorted.slice(0, limit).map(([value = null, count]) => ({ value, count })),
        total,
        ...searched(reach),
      };
    },
    async overTime(filter, buckets) {
      const wanted = await query(filter);
      const steps = await stepsOf(fleet, filter, buckets);
      const { sums, reach } = await overTime(alerts, wanted, steps.from, steps.step, steps.number);
      return {
        ...stepsInAnswer(steps),
        series: priorities.map((priority, i) => ({ priority, counts: [...(sums[i] ?? [])] })),
        ...searched(reach),
      };
    },
    async rulesOverTime(filter, buckets, limit) {
      const wanted = await query(filter);
      const steps = await stepsOf(fleet, filter, buckets);
      const { reach, ...found } = await ruleTimes(alerts, wanted, steps, limit);
      return { ...stepsInAnswer(steps), ...found, ...searched(reach) };
    },
    async hits() {
      const since = BigInt(Date.now()) * 1_000_000n - DAY;
      return firedBy(alerts, await query({ ...everything, since }));
    },
  };
}

/** Adds the condition that the container has no name. */
function unnamedIn(filter: Filter): Filter {
  const { condition } = filter;
  return {
    ...filter,
    condition: condition === undefined ? unnamedContainer : join("and", [condition, unnamedContainer]),
  };
}

/** Divides the time range of a filter into intervals. Without a start, the range starts at the oldest alert. */
export async function stepsOf({ factsNow }: Fleet, filter: Filter, buckets: number): Promise<TimeSteps> {
  const oldest = filter.since === undefined ? (await factsNow()).oldest : null;
  return timeSteps(filter, oldest === null ? Date.now() : Date.parse(oldest), buckets);
}

/** The start of the counted range of an incomplete count, in the format of the API. */
export function searched(reach: Reach): Searched {
  return reach === undefined ? {} : { complete: false, searched: reach };
}
