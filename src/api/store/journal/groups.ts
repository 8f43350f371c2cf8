import { aboutFields } from "../../../alert/about.ts";
import { groupKey } from "../../../alert/group-key.ts";
import { wordColumns } from "../../../journal/columns.ts";
import { priorities } from "../../../rule/rule.ts";
import type { GroupFilter } from "../../filter/group.ts";
import type { AlertGroup } from "../../schemas/group.ts";
import { groupQuery } from "../group-query.ts";
import { changeInAnswer, groupTest, triageAt } from "../group-states.ts";
import type { Store } from "../store.ts";
import { timeSteps } from "../time-steps.ts";
import type { Connection } from "./connection.ts";
import { numberIn } from "./cursor.ts";
import { type Groups, groupsOf, groupTimes } from "./group-tallies.ts";
import { pairTest } from "./group-triage.ts";
import type { OpenJournal } from "./open-journal.ts";
import { isoOfMicroseconds } from "./stored.ts";
import { firstTime, searched } from "./summaries.ts";

/** Methods for groups of alerts and their triage. */
export function groupMethods(journal: OpenJournal): Pick<Store, "groups" | "groupChanges" | "changeGroup"> {
  const { connected, required, stored, cached, write } = journal;

  function groupAt(connection: Connection, groups: Groups, i: number): AlertGroup | undefined {
    const { decoder, search, groups: triage } = connection;
    const alert = search.alert(groups.newest[i] ?? 0);
    if (alert === undefined) return undefined;
    const rule = decoder.word(groups.rule[i] ?? 0);
    const who = groups.who[i] ?? 0;
    const about = who === 0 ? undefined : { field: fieldOf(connection, who), value: decoder.word(who) };
    return {
      rule,
      priority: priorities[groups.worst[i] ?? 0] ?? alert.priority,
      key: about?.value ?? "",
      query: groupQuery(rule, about, aboutFields),
      count: groups.count[i] ?? 0,
      open: groups.open[i] ?? 0,
      first: isoOfMicroseconds(groups.first[i] ?? 0),
      last: isoOfMicroseconds(groups.last[i] ?? 0),
      newest: stored(connection, alert),
      ...triageAt(triage.of(groupKey(rule, about)), Date.now()),
    };
  }

  return {
    async groups(filter, { limit, cursor, trend = 0, ...wanted }) {
      const connection = connected();
      if (connection === undefined) return { groups: [], next: null };
      const { groups, reach } = cached(connection, ["groups", filter], () => groupsOf(connection, filter));
      const { page, more } = pageOf(groups, limit, numberIn(cursor), testOf(connection, wanted));
      const found = page.flatMap((i) => {
        const group = groupAt(connection, groups, i);
        return group === undefined ? [] : [{ i, group }];
      });
      const next = more ? String(groups.newest[page.at(-1) ?? 0]) : null;
      const answer = { next, ...searched(reach) };
      if (trend === 0 || found.length === 0) return { groups: found.map(({ group }) => group), ...answer };
      const steps = timeSteps(filter, firstTime(connection), trend);
      const pairs = found.map(({ i }) => [groups.rule[i] ?? 0, groups.who[i] ?? 0] as const);
      const { series } = cached(connection, ["trend", filter, steps, pairs], () =>
        groupTimes(connection, filter, pairs, steps),
      );
      return {
        groups: found.map(({ group }, i) => ({ ...group, trend: [...(series[i] ?? [])] })),
        trendFrom: new Date(steps.from).toISOString(),
        trendStep: steps.step / 1000,
        ...answer,
      };
    },
    async groupChanges(rule, about) {
      return (connected()?.groups.changes(groupKey(rule, about)) ?? []).map(changeInAnswer);
    },
    async changeGroup(change) {
      const connection = required();
      write(() => connection.writer().changeGroup(change));
    },
  };
}

/**
 * The positions of the groups on a page. The page begins after the group whose newest alert has the number `before`.
 */
function pageOf(
  groups: Groups,
  limit: number,
  before: number | undefined,
  test: ((rule: number, who: number) => boolean) | undefined,
): { readonly page: readonly number[]; readonly more: boolean } {
  const page: number[] = [];
  for (let i = 0; i < groups.length; i++) {
    if (before !== undefined && (groups.newest[i] ?? 0) >= before) continue;
    if (test?.(groups.rule[i] ?? 0, groups.who[i] ?? 0) === false) continue;
    if (page.length === limit) return { page, more: true };
    page.push(i);
  }
  return { page, more: false };
}

/** The test of a filter for groups; undefined if all groups match. */
function testOf({ db, groups }: Connection, wanted: GroupFilter): ReturnType<typeof pairTest> | undefined {
  const test = groupTest(wanted, Date.now());
  if (test === undefined) return undefined;
  const find = db.prepare("SELECT id FROM word WHERE kind = ? AND text = ?");
  return pairTest(groups.all(), test, (field, text) => {
    const column = field === "rule" ? field : wordColumns.find((one) => one.field === field)?.column;
    const id = column === undefined ? undefined : find.get(column, text)?.id;
    return id === undefined ? undefined : Number(id);
  });
}

/** The field of a word. */
function fieldOf({ db }: Connection, word: number): string {
  const column = String(db.prepare("SELECT kind FROM word WHERE id = ?").get(word)?.kind ?? "");
  return wordColumns.find((one) => one.column === column)?.field ?? column;
}
