import { setTimeout } from "node:timers/promises";
import { plainValue } from "../../../alert/entry.ts";
import { aboutFields } from "../../../output/receiver/elasticsearch/search-keys.ts";
import { priorities } from "../../../rule/rule.ts";
import { limitRate } from "../../../server/rate.ts";
import { everything, type Filter } from "../../filter/filter.ts";
import { badRequest, notFound, Refusal } from "../../refusal.ts";
import { type About, groupQuery } from "../group-query.ts";
import { treeOfFields } from "../journal/behind.ts";
import { storedAlert, untouched } from "../journal/stored.ts";
import type { Searched, Store, StoredAlert, StoreFacts } from "../store.ts";
import { stepFor } from "../time-steps.ts";
import { openAlerts, type Place } from "./alerts.ts";
import { alertIn, type FleetAlert } from "./document.ts";
import { everyDocument, term } from "./dsl.ts";
import { cursorAfter, openFollow, placeIn } from "./follow.ts";
import { listAt, numberAt, textAt } from "./json.ts";
import { timelineOf } from "./related.ts";
import { openServer } from "./server.ts";
import type { FleetSettings } from "./settings.ts";
import { countBy, firedBy, groupsOf, overTime, type Reach } from "./tallies.ts";
import { openTriage } from "./triage.ts";
import { ID, TIME, type Wanted, wantedOf } from "./wanted.ts";

/** Milliseconds that a list may search before it answers with what it has. */
const PATIENCE = 2000;
const DAY = 86_400_000_000_000n;
/** Milliseconds for which facts and names of fields do. */
const FACTS = 2000;
const NAMES = 30_000;
const MOST_NAMES = 5000;

/**
 * A fleet's Elasticsearch or OpenSearch as the page's store: the documents that `outputs.elasticsearch` and
 * `outputs.opensearch` write in layout `ecs`.
 * @param local the journal of this machine: what is known of responses, outputs, process trees and explanations
 * @throws Error with one sentence where it can't be had
 */
export async function elasticsearchStore(settings: FleetSettings, local: Store): Promise<Store> {
  const { name, keys } = settings;
  if (keys.hostport === "") throw new Error(`web_page.store is ${name}, and outputs.${name}.hostport is empty.`);
  if (keys.layout !== "ecs")
    throw new Error(
      `web_page.store is ${name}, which takes documents of layout ecs; outputs.${name}.layout is ${keys.layout}.`,
    );
  const server = openServer(settings);
  const alerts = openAlerts(server, settings);
  const triage = openTriage(server, settings);
  const follow = openFollow(alerts);
  // Those who try tokens fill nobody's store: one of them is written down in a second.
  const strangers = limitRate(1);
  const names = new Set<string>();
  let named = 0;
  let facts: { readonly at: number; readonly facts: Promise<StoreFacts> } | undefined;

  async function wantedNow(filter: Filter): Promise<Wanted> {
    if (filter.state !== undefined) await triage.refresh();
    void learnNames();
    return wantedOf(filter, triage.made);
  }

  /** Fields of alerts that the catalogue lacks may be asked for once an alert has them. Never rejects. */
  async function learnNames(): Promise<void> {
    if (Date.now() - named < NAMES) return;
    named = Date.now();
    const ask = {
      size: 0,
      track_total_hits: false,
      aggs: { names: { terms: { field: "eyas.names", size: MOST_NAMES } } },
    };
    try {
      const { aggregations } = await alerts.search(everyDocument, ask);
      for (const bucket of listAt(aggregations, "names", "buckets")) names.add(textAt(bucket, "key"));
    } catch {
      named = 0; // whoever asks for alerts hears why
    }
  }

  function stored(alert: FleetAlert, responses = 0): StoredAlert {
    return storedAlert(alert, { ...(triage.made.get(alert.id) ?? untouched), responses });
  }

  async function withId(id: string): Promise<FleetAlert | undefined> {
    if (!/^[\w-]{1,64}$/.test(id)) return undefined;
    const { hits } = await alerts.search(term(ID, id), { size: 1, track_total_hits: false });
    return hits.map(alertIn)[0];
  }

  async function needed(id: string): Promise<FleetAlert> {
    const alert = await withId(id);
    if (alert === undefined) throw notFound("There is no such alert.");
    return alert;
  }

  /** What the journal says of an alert that is this machine's own. */
  async function locally<T>(id: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return (await local.alert(id)) === undefined ? undefined : await ask();
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  async function ends(): Promise<StoreFacts> {
    const one = (order: "asc" | "desc"): Promise<string | null> =>
      alerts
        .search(everyDocument, {
          size: 1,
          track_total_hits: false,
          sort: [{ [TIME]: { order } }, { [ID]: { order } }],
          _source: [TIME],
        })
        .then(({ hits }) => (hits.length === 0 ? null : textAt(hits[0], "_source", "falco", "time")));
    const [{ total }, oldest, newest, bytes] = await Promise.all([
      alerts.search(everyDocument, { size: 0, track_total_hits: true }),
      one("asc"),
      one("desc"),
      server
        .ask({ method: "GET", path: `/${encodeURIComponent(keys.datastream)}/_stats/store` })
        .then((answer) => numberAt(answer, "_all", "total", "store", "size_in_bytes"))
        .catch(() => 0), // it takes the right to monitor
    ]);
    return { alerts: total, bytes, oldest, newest };
  }

  function factsNow(): Promise<StoreFacts> {
    if (facts === undefined || Date.now() - facts.at > FACTS) facts = { at: Date.now(), facts: ends() };
    return facts.facts;
  }

  // A server that is slow to answer doesn't keep the page from opening.
  await Promise.race([learnNames(), setTimeout(PATIENCE, undefined, { ref: false })]);
  return {
    isField: (field) => names.has(field),
    facts: factsNow,
    outputs: local.outputs,
    async list(filter, { limit, order, cursor }) {
      const from = placeOf(cursor);
      await triage.refresh();
      const wanted = await wantedNow(filter);
      const found: FleetAlert[] = [];
      const end = performance.now() + PATIENCE;
      // One more than is wanted says whether there are more.
      for await (const { alerts: some, reached, last } of alerts.pieces(
        wanted,
        order,
        from,
        Math.min(limit + 1, 500),
      )) {
        found.push(...some);
        if (found.length > limit || last) break;
        if (performance.now() > end) return { alerts: found.map((alert) => stored(alert)), next: nextOf(reached) };
      }
      const page = found.slice(0, limit);
      const next =
        found.length > limit ? nextOf({ time: page.at(-1)?.isoTime ?? "", id: page.at(-1)?.id ?? "" }) : null;
      return { alerts: page.map((alert) => stored(alert)), next };
    },
    async groups(filter, { limit, cursor }) {
      const from = placeOf(cursor);
      await triage.refresh();
      const { groups, reach } = await groupsOf(alerts, await wantedNow(filter));
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
        next: first >= 0 && first + limit < groups.length ? nextOf(page.at(-1)?.newest) : null,
        ...searched(reach),
      };
    },
    async count(filter, by, limit) {
      const { counts, total, reach } = await countBy(alerts, await wantedNow(filter), by, limit);
      const sorted = [...counts].sort((a, b) => b[1] - a[1] || ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1));
      return {
        counts: sorted.slice(0, limit).map(([value = null, count]) => ({ value, count })),
        total,
        ...searched(reach),
      };
    },
    async overTime(filter, buckets) {
      const wanted = await wantedNow(filter);
      const now = Date.now();
      const oldest = filter.since === undefined ? (await factsNow()).oldest : null;
      const since =
        filter.since === undefined ? (oldest === null ? now : Date.parse(oldest)) : Number(filter.since / 1000n) / 1000;
      const until = filter.until === undefined ? now : Number(filter.until / 1000n) / 1000;
      const seconds = stepFor((until - since) / 1000, Math.max(1, buckets - 1));
      const step = seconds * 1000;
      const from = Math.floor(since / step) * step;
      const number = Math.min(buckets, Math.max(1, Math.floor((until - from) / step) + 1));
      const { sums, reach } = await overTime(alerts, wanted, from, step, number);
      return {
        from: new Date(from).toISOString(),
        to: new Date(from + number * step).toISOString(),
        step: seconds,
        series: priorities.map((priority, i) => ({ priority, counts: [...sums[i]] })),
        ...searched(reach),
      };
    },
    async alert(id) {
      const [alert] = await Promise.all([withId(id), triage.refresh()]);
      if (alert === undefined) return undefined;
      const own = await locally(id, () => local.alert(id));
      return stored(alert, own?.responses);
    },
    comments: (id) => triage.comments(id),
    responsesTo: async (id) => (await locally(id, () => local.responsesTo(id))) ?? [],
    async related(id) {
      const alert = await needed(id);
      const own = await locally(id, () => local.related(id));
      return { tree: own?.tree ?? treeOfFields(alert), timeline: await timelineOf(alerts, alert) };
    },
    explanation: (id) => locally(id, () => local.explanation(id)),
    async hits() {
      const since = BigInt(Date.now()) * 1_000_000n - DAY;
      return firedBy(alerts, await wantedNow({ ...everything, since }));
    },
    async setState(id, { state, user, text }) {
      await needed(id);
      await triage.say(id, user, text, state);
    },
    async comment(id, { user, text }) {
      await needed(id);
      await triage.say(id, user, text, undefined);
    },
    responses: local.responses,
    responseStatus: local.responseStatus,
    async record(deed) {
      if (deed.user === "" && strangers.ask("") > 0) return;
      await triage.record(deed);
    },
    async deeds({ limit, cursor }) {
      if (cursor !== undefined && !/^[0-9a-f-]{36}$/.test(cursor)) throw wrongCursor();
      const found = await triage.deeds(limit, cursor);
      return {
        entries: found.map(({ key: _, ...deed }) => deed),
        next: found.length === limit ? (found.at(-1)?.key ?? null) : null,
      };
    },
    async end() {
      const { hits } = await alerts.search(everyDocument, {
        size: 1,
        track_total_hits: false,
        sort: [{ [TIME]: { order: "desc" } }, { [ID]: { order: "desc" } }],
      });
      const newest = hits.map(alertIn)[0];
      return newest === undefined
        ? cursorAfter({ time: `${new Date().toISOString().slice(0, -1)}000000Z`, id: "" })
        : cursorAfter({ time: newest.isoTime, id: newest.id });
    },
    async after(filter, cursor, limit) {
      const { alerts: found, cursor: next } = await follow.after(() => wantedNow(filter), cursor, limit);
      return { alerts: found.map((alert) => stored(alert)), cursor: next };
    },
    async cursorOf(id) {
      const alert = await withId(id);
      return alert && cursorAfter({ time: alert.isoTime, id: alert.id });
    },
    async changesAfter(number) {
      await triage.refresh();
      return number < 0 ? { changes: [], number: triage.changesAfter(0).number } : triage.changesAfter(number);
    },
    close() {
      server.close();
      local.close();
    },
  };
}

/** Whom an alert is about, and with it those of its group. Of what is in no container its container says nothing. */
function aboutOf({ names, values }: FleetAlert): About | undefined {
  for (const field of aboutFields) {
    const place = names.indexOf(field);
    const value = place < 0 ? undefined : plainValue(values[place]);
    if (value !== undefined && (field !== "container.name" || value !== "host")) return { field, value };
  }
  return undefined;
}

function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const place = placeIn(cursor);
  if (place === undefined) throw wrongCursor();
  return place;
}

const wrongCursor = (): Refusal => badRequest("The cursor is none that this server gave.");

function nextOf(place: Place | undefined): string | null {
  return place === undefined ? null : cursorAfter(place);
}

function searched(reach: Reach): Searched {
  return reach === undefined ? {} : { complete: false, searched: reach };
}
