import { aboutFields } from "../../../output/receiver/elasticsearch/search-keys.ts";
import { join } from "../../../query/bind.ts";
import { priorities } from "../../../rule/rule.ts";
import { everything, type Filter } from "../../filter/filter.ts";
import { aboutOf, groupQuery } from "../group-query.ts";
import type { Searched, Store } from "../store.ts";
import { stepsInAnswer, type TimeSteps, timeSteps } from "../time-steps.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import { alertIn } from "./document.ts";
import type { Fleet } from "./fleet.ts";
import { ID } from "./fleet-query.ts";
import { ruleTimes } from "./rule-times.ts";
import { countBy, countContainers, firedBy, groupsOf, overTime, type Reach, unnamedContainer } from "./tallies.ts";

const DAY = 86_400_000_000_000n;

/** Groups and counts of alerts. */
export function summaryMethods(fleet: Fleet): Pick<Store, "groups" | "count" | "overTime" | "rulesOverTime" | "hits"> {
  const { alerts, triage, query, stored, factsNow } = fleet;
  const stepsOf = async (filter: Filter, buckets: number): Promise<TimeSteps> => {
    const oldest = filter.since === undefined ? (await factsNow()).oldest : null;
    return timeSteps(filter, oldest === null ? Date.now() : Date.parse(oldest), buckets);
  };
  return {
    async groups(filter, { limit, cursor }) {
      const from = positionOf(cursor);
      await triage.refresh();
      const { groups, reach } = await groupsOf(alerts, await query(filter));
      const first =
        from === undefined
          ? 0
          : groups.findIndex(({ newest: { time, id } }) => time < from.time || (time === from.time && id < from.id));
      const page = first < 0 ? [] : groups.slice(first, first + limit);
      const { hits } =
        page.length === 0
          ? { hits: [] }
          : await alerts.search(
              { terms: { [ID]: page.map(({ newest }) => newest.id) } },
              { size: page.length, track_total_hits: false },
            );
      const newest = new Map(hits.flatMap((hit) => alertIn(hit) ?? []).map((alert) => [alert.id, alert]));
      return {
        groups: page.flatMap(({ count, first: time, newest: { time: last, id } }) => {
          const alert = newest.get(id);
          if (alert === undefined) return [];
          const about = aboutOf(alert);
          return [
            {
              rule: alert.rule,
              priority: alert.priority,
              key: about?.value ?? "",
              query: groupQuery(alert.rule, about, aboutFields),
              count,
              first: time,
              last,
              newest: stored(alert),
            },
          ];
        }),
        next: first >= 0 && first + limit < groups.length ? cursorOf(page.at(-1)?.newest) : null,
        ...searched(reach),
      };
    },
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
      const steps = await stepsOf(filter, buckets);
      const { sums, reach } = await overTime(alerts, wanted, steps.from, steps.step, steps.number);
      return {
        ...stepsInAnswer(steps),
        series: priorities.map((priority, i) => ({ priority, counts: [...(sums[i] ?? [])] })),
        ...searched(reach),
      };
    },
    async rulesOverTime(filter, buckets, limit) {
      const wanted = await query(filter);
      const steps = await stepsOf(filter, buckets);
      const { reach, ...found } = await ruleTimes(alerts, wanted, steps, limit);
      return { ...stepsInAnswer(steps), ...found, ...searched(reach) };
    },
    async hits() {
      const since = BigInt(Date.now()) * 1_000_000n - DAY;
      return firedBy(alerts, await query({ ...everything, since }));
    },
  };
}

/** Also requires that the container has no name. */
function unnamedIn(filter: Filter): Filter {
  const { condition } = filter;
  return {
    ...filter,
    condition: condition === undefined ? unnamedContainer : join("and", [condition, unnamedContainer]),
  };
}

function searched(reach: Reach): Searched {
  return reach === undefined ? {} : { complete: false, searched: reach };
}
