import { aboutFields, aboutOf } from "../../../alert/about.ts";
import { groupKey } from "../../../alert/group-key.ts";
import { searchKeyOfGroup } from "../../../output/receiver/elasticsearch/search-keys.ts";
import { priorities } from "../../../rule/rule.ts";
import { ApiError } from "../../api-error.ts";
import type { GroupFilter } from "../../filter/group.ts";
import type { AlertGroup } from "../../schemas/group.ts";
import { groupQuery } from "../group-query.ts";
import { changeInAnswer, groupTest, triageAt } from "../group-states.ts";
import type { Store } from "../store.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import { alertIn, type FleetAlert } from "./document.ts";
import type { Fleet } from "./fleet.ts";
import { ID } from "./fleet-query.ts";
import { type Group, groupsOf } from "./group-tallies.ts";
import { searched, stepsOf } from "./summaries.ts";

const NO_AUTO_CLOSE = "Automatic closing of new alerts is supported only for the journal. Create an exception instead.";

/** Methods for groups of alerts and their triage. */
export function groupMethods(fleet: Fleet): Pick<Store, "groups" | "groupChanges" | "changeGroup"> {
  const { alerts, triage, query, stored } = fleet;

  function inAnswer(group: Group, alert: FleetAlert): AlertGroup {
    const about = aboutOf(alert);
    return {
      rule: alert.rule,
      priority: priorities[group.worst] ?? alert.priority,
      key: about?.value ?? "",
      query: groupQuery(alert.rule, about, aboutFields),
      count: group.count,
      first: group.first,
      last: group.newest.time,
      newest: stored(alert),
      ...triageAt(triage.groups.get(groupKey(alert.rule, about)), Date.now()),
      ...(group.trend.length > 0 && { trend: group.trend }),
    };
  }

  /** Whether a group matches a filter; undefined if all groups match. */
  function testOf(wanted: GroupFilter): ((group: Group) => boolean) | undefined {
    const test = groupTest(wanted, Date.now());
    if (test === undefined) return undefined;
    const states = [...triage.groups.values()].filter((state) => test.matches(state) !== test.untouched);
    const differing = new Set(states.map(({ rule, about }) => searchKeyOfGroup(rule, about)));
    return ({ key }) => differing.has(key) !== test.untouched;
  }

  return {
    async groups(filter, { limit, cursor, trend = 0, ...wanted }) {
      const from = positionOf(cursor);
      await triage.refresh();
      const steps = trend === 0 ? undefined : await stepsOf(fleet, filter, trend);
      const { groups: all, reach } = await groupsOf(alerts, await query(filter), steps);
      const test = testOf(wanted);
      const groups = test === undefined ? all : all.filter(test);
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
        groups: page.flatMap((group) => {
          const alert = newest.get(group.newest.id);
          return alert === undefined ? [] : [inAnswer(group, alert)];
        }),
        ...(steps && { trendFrom: new Date(steps.from).toISOString(), trendStep: steps.step / 1000 }),
        next: first >= 0 && first + limit < groups.length ? cursorOf(page.at(-1)?.newest) : null,
        ...searched(reach),
      };
    },
    groupChanges: async (rule, about) => (await triage.groupChanges(groupKey(rule, about))).map(changeInAnswer),
    async changeGroup(change) {
      if (change.action === "auto_close") throw new ApiError(501, "unsupported", NO_AUTO_CLOSE);
      await triage.changeGroup(change);
    },
  };
}
