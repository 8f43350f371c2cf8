import type { JournalAlert } from "../../../alert/entry.ts";
import { plainValue } from "../../../alert/entry.ts";
import { wordColumns } from "../../../journal/columns.ts";
import { faultOf, reasonOf } from "../../../journal/fault.ts";
import { readStatus } from "../../../journal/output-status.ts";
import type { Step } from "../../../journal/step.ts";
import { aboutFields } from "../../../output/receiver/elasticsearch/search-keys.ts";
import { priorities } from "../../../rule/rule.ts";
import { everything, type Filter } from "../../filter/filter.ts";
import { badRequest, notFound, Refusal } from "../../refusal.ts";
import { noResponses } from "../../sensor.ts";
import { groupQuery } from "../group-query.ts";
import type { Hits, Related, ResponseRecord, Searched, Store, StoredAlert, TimelineEntry } from "../store.ts";
import { stepFor } from "../time-steps.ts";
import { SIZE } from "./block.ts";
import { type Blocks, placeOf } from "./blocks.ts";
import { type Connection, followJournal } from "./connection.ts";
import { rowsOf } from "./search.ts";
import { isoOfMicroseconds, storedAlert, untouched } from "./stored.ts";
import { countBy, eachBlock, groupsOf, overTime, type Reach } from "./tallies.ts";

/** Milliseconds that a list may search before it answers with what it has. */
const PATIENCE = 200;
/** Milliseconds until it is looked again whether columns are loaded. */
const PAUSE = 10;
/** Answers that are remembered: repetitions may be as many as alerts. */
const REMEMBERED = 12;
/** Alerts of a timeline. */
const MOST_RELATED = 200;
/** … that are looked at for each relation. */
const MOST_KIN = 100;
/** Reasons of steps that were not done because there were too many, or somebody has stopped them. */
const HELD_BACK: ReadonlySet<string> = new Set(["cooldown", "budget", "paused"]);
const DAY = 86_400_000_000_000n;

/** The journal as the page's store. */
export function journalStore(file: string): Store {
  const connections = followJournal(file);
  const recent = new Map<string, { readonly value: unknown; readonly version: string }>();

  function connected(): Connection | undefined {
    try {
      return connections.now();
    } catch (error) {
      throw explained(error, file);
    }
  }

  function needed(): Connection {
    const connection = connected();
    if (connection === undefined) throw new Refusal(503, "no_journal", `There is no journal at ${file} yet.`);
    return connection;
  }

  function seqOf(connection: Connection, id: string): number {
    const seq = connection.seqOf(id);
    if (seq === undefined) throw notFound("There is no such alert in the journal.");
    return seq;
  }

  function stored(connection: Connection, alert: JournalAlert): StoredAlert {
    const made = connection.triage.of(alert.seq) ?? untouched;
    const responses = connection.trail?.of(alert.seq).length ?? 0;
    return storedAlert(alert, { ...made, responses });
  }

  /** What was worked out before does again while nothing has come. */
  function remembered<T>(connection: Connection, key: unknown, work: () => T): T {
    const { blocks, triage } = connection;
    const version = `${blocks.from} ${blocks.to} ${blocks.first} ${triage.refresh()}`;
    const name = JSON.stringify(key, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
    const known = recent.get(name);
    // What is found under a key is what its own work gave.
    if (known?.version === version) return known.value as T;
    const value = work();
    if (recent.size >= REMEMBERED) recent.clear();
    recent.set(name, { value, version });
    return value;
  }

  return {
    isField: (name) => connected()?.isField(name) ?? false,
    async facts() {
      const connection = connected();
      if (connection === undefined) return { alerts: 0, bytes: 0, oldest: null, newest: null };
      const { blocks, search } = connection;
      const [oldest, newest] = [search.alert(blocks.first), search.alert(blocks.to)];
      return {
        alerts: blocks.to === 0 ? 0 : blocks.to - blocks.first + 1,
        bytes: connection.size(),
        oldest: oldest === undefined ? null : stored(connection, oldest).time,
        newest: newest === undefined ? null : stored(connection, newest).time,
      };
    },
    async responseStatus() {
      const connection = connected();
      if (connection === undefined) return noResponses;
      const { db, trail } = connection;
      const sums = { done: 0, skipped: 0, failed: 0, heldBack: 0 };
      for (const { state, why, count } of db
        .prepare("SELECT state, why, count(*) AS count FROM response GROUP BY 1, 2")
        .all()) {
        const what = state === "skipped" && HELD_BACK.has(String(why)) ? "heldBack" : state;
        if (what === "done" || what === "skipped" || what === "failed" || what === "heldBack")
          sums[what] += Number(count);
      }
      return { paused: trail?.switch()?.paused ?? false, ...sums };
    },
    async outputs() {
      const db = connected()?.db;
      if (db === undefined) return new Map();
      const dead = db.prepare("SELECT output, count(*) AS count FROM dead GROUP BY output").all();
      const counts = new Map(dead.map(({ output, count }) => [String(output), Number(count)]));
      return new Map(
        db
          .prepare("SELECT name, status FROM output")
          .all()
          .map(({ name, status }) => {
            const { error = null } = readStatus(status);
            return [String(name), { dead: counts.get(String(name)) ?? 0, lastError: error }];
          }),
      );
    },
    async list(filter, { limit, order, cursor }) {
      const connection = connected();
      if (connection === undefined) return { alerts: [], next: null };
      const { search, blocks } = connection;
      const from = numberIn(cursor);
      if (order === "oldest") await loaded(blocks, from ?? 0);
      const bounds = from === undefined ? {} : order === "newest" ? { before: from } : { after: from };
      const alerts: StoredAlert[] = [];
      const end = performance.now() + PATIENCE;
      let looked = 0;
      let begun = false;
      for (const { block, mask, sure } of search.blocks(filter, order, bounds)) {
        if (begun && performance.now() > end) {
          const edge = order === "newest" ? block.base + SIZE - 1 : block.base;
          return { alerts, next: cursorFor(edge, order) };
        }
        begun = true; // each answer comes a block further
        for (const row of rowsOf(mask, order)) {
          const seq = block.base + row;
          if (++looked % 64 === 0 && performance.now() > end) return { alerts, next: cursorFor(seq, order) };
          if (sure !== undefined && !sure(row)) continue;
          const alert = search.alert(seq);
          if (alert === undefined) continue;
          if (alerts.length === limit) return { alerts, next: cursorFor(seq, order) };
          alerts.push(stored(connection, alert));
        }
      }
      if (blocks.complete || order === "oldest") return { alerts, next: null };
      const next = cursorFor(blocks.from - 1, order);
      await pause(); // there is more by the time that somebody asks for it
      return { alerts, next };
    },
    async groups(filter, { limit, cursor }) {
      const connection = connected();
      if (connection === undefined) return { groups: [], next: null };
      const { decoder, search } = connection;
      const { groups, reach } = remembered(connection, ["groups", filter], () => groupsOf(connection, filter));
      const before = numberIn(cursor) ?? Number.POSITIVE_INFINITY;
      const found = groups.newest.findIndex((newest) => newest < before);
      const start = found < 0 ? groups.length : found;
      const end = Math.min(groups.length, start + limit);
      return {
        groups: Array.from({ length: end - start }, (_, i) => start + i).flatMap((i) => {
          const alert = search.alert(groups.newest[i]);
          if (alert === undefined) return [];
          const rule = groups.rule[i];
          const who = groups.who[i];
          return [
            {
              rule: decoder.word(rule),
              priority: alert.priority,
              key: who === 0 ? "" : decoder.word(who),
              query: queryOfGroup(connection, decoder.word(rule), who),
              count: groups.count[i],
              first: isoOfMicroseconds(groups.first[i]),
              last: isoOfMicroseconds(groups.last[i]),
              newest: stored(connection, alert),
            },
          ];
        }),
        next: end < groups.length ? String(groups.newest[end - 1]) : null,
        ...searched(reach),
      };
    },
    async count(filter, by, limit) {
      const connection = connected();
      if (connection === undefined) return { counts: [], total: 0 };
      const { counts, reach } = remembered(connection, ["count", by, filter], () => countBy(connection, filter, by));
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
      const now = Date.now() * 1000;
      const oldest = connection === undefined ? now : firstTime(connection);
      const since = filter.since === undefined ? oldest : Number(filter.since / 1000n);
      const until = filter.until === undefined ? now : Number(filter.until / 1000n);
      const seconds = stepFor((until - since) / 1e6, Math.max(1, buckets - 1));
      const step = seconds * 1e6;
      const from = Math.floor(since / step) * step;
      const number = Math.min(buckets, Math.max(1, Math.floor((until - from) / step) + 1));
      const found =
        connection === undefined
          ? { sums: priorities.map(() => new Uint32Array(number)), reach: undefined }
          : remembered(connection, ["time", filter, from, step, number], () =>
              overTime(connection, filter, from, step, number),
            );
      return {
        from: new Date(from / 1000).toISOString(),
        to: new Date((from + number * step) / 1000).toISOString(),
        step: seconds,
        series: priorities.map((priority, i) => ({ priority, counts: [...found.sums[i]] })),
        ...searched(found.reach),
      };
    },
    async alert(id) {
      const connection = connected();
      const seq = connection?.seqOf(id);
      const alert = seq === undefined ? undefined : connection?.search.alert(seq);
      return connection === undefined || alert === undefined ? undefined : stored(connection, alert);
    },
    async comments(id) {
      const connection = needed();
      return connection.triage.comments(seqOf(connection, id));
    },
    async responsesTo(id) {
      const connection = needed();
      return (connection.trail?.of(seqOf(connection, id)) ?? []).map((step) => responseRecord(step));
    },
    async related(id) {
      const connection = needed();
      return relatedTo(connection, seqOf(connection, id));
    },
    async explanation(id) {
      const connection = needed();
      return connection.behind.explanation(seqOf(connection, id));
    },
    async hits() {
      const connection = connected();
      return connection === undefined ? new Map() : hitsOf(connection);
    },
    async setState(id, { state, user, text }) {
      const connection = needed();
      write(() => connection.writer().say(seqOf(connection, id), user, text, state), file);
    },
    async comment(id, { user, text }) {
      const connection = needed();
      write(() => connection.writer().say(seqOf(connection, id), user, text, undefined), file);
    },
    async responses(filter, { limit, cursor }) {
      const { trail } = connected() ?? {};
      const since = filter.since === undefined ? undefined : Number(filter.since / 1_000_000n);
      const before = numberIn(cursor);
      const steps =
        trail?.page({ ...(since !== undefined && { since }), ...(before !== undefined && { before }) }, limit) ?? [];
      return {
        responses: steps.map((step) => responseRecord(step, step.alert)),
        next: steps.length === limit ? String(steps.at(-1)?.id) : null,
      };
    },
    async record(deed) {
      const connection = connected();
      if (connection !== undefined) write(() => connection.writer().record(deed), file);
    },
    async deeds({ limit, cursor }) {
      const found = connected()?.triage.deeds(limit, numberIn(cursor)) ?? [];
      return {
        entries: found.map(({ id: _, ...deed }) => deed),
        next: found.length === limit ? String(found.at(-1)?.id) : null,
      };
    },
    async end() {
      return String(connected()?.blocks.to ?? 0);
    },
    async after(filter, cursor, limit) {
      const connection = connected();
      const after = numberIn(cursor) ?? 0;
      if (connection === undefined) return { alerts: [], cursor };
      const { search, blocks } = connection;
      await loaded(blocks, after);
      const alerts: StoredAlert[] = [];
      let last = after;
      if (blocks.to <= after) return { alerts, cursor: String(blocks.to) };
      for (const { block, mask, sure } of search.blocks(filter, "oldest", { after })) {
        for (const row of rowsOf(mask, "oldest")) {
          last = block.base + row;
          if (sure !== undefined && !sure(row)) continue;
          const alert = search.alert(last);
          if (alert !== undefined) alerts.push(stored(connection, alert));
          if (alerts.length >= limit) return { alerts, cursor: String(last) };
        }
      }
      return { alerts, cursor: String(blocks.to) };
    },
    async cursorOf(id) {
      const seq = connected()?.seqOf(id);
      return seq === undefined ? undefined : String(seq);
    },
    async changesAfter(number) {
      const connection = connected();
      if (connection === undefined) return { changes: [], number };
      const now = connection.triage.refresh();
      if (number < 0 || now <= number) return { changes: [], number: now };
      const changes = connection.triage.after(number).flatMap(({ seq, state, user }) => {
        const id = connection.search.alert(seq)?.id;
        return id === undefined ? [] : [{ id, state, user }];
      });
      return { changes, number: now };
    },
    close: connections.close,
  };
}

/** Waits until all alerts from a number on are loaded: a few seconds for a million, once. */
async function loaded(blocks: Blocks, from: number): Promise<void> {
  while (!blocks.complete && blocks.from > from + 1) await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}

function numberIn(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,15}$/.test(cursor)) throw badRequest("The cursor is none that this server gave.");
  return Number(cursor);
}

/** A cursor with which the next page begins with this alert. */
function cursorFor(seq: number, order: "newest" | "oldest"): string {
  return String(order === "newest" ? seq + 1 : seq - 1);
}

function searched(reach: Reach): Searched {
  return reach === undefined ? {} : { complete: false, searched: isoOfMicroseconds(reach) };
}

/** Microseconds since the epoch of the oldest alert that is known. */
function firstTime({ blocks }: Connection): number {
  const first = blocks.newestFirst().reduce((least, block) => Math.min(least, block.first), Number.POSITIVE_INFINITY);
  return Number.isFinite(first) ? first : Date.now() * 1000;
}

/** A condition that selects the alerts of a group. */
function queryOfGroup({ db, decoder }: Connection, rule: string, who: number): string {
  const kind = who === 0 ? undefined : db.prepare("SELECT kind FROM word WHERE id = ?").get(who)?.kind;
  const whom = kind === undefined ? undefined : { field: fieldOf(String(kind)), value: decoder.word(who) };
  return groupQuery(rule, whom, aboutFields);
}

function fieldOf(column: string): string {
  return wordColumns.find((one) => one.column === column)?.field ?? column;
}

function hitsOf(connection: Connection): Hits {
  const sums = new Map<number, { hits: number; last: number }>();
  const at = placeOf("rule");
  const since = BigInt(Date.now()) * 1_000_000n - DAY;
  eachBlock(connection, { ...everything, since }, ({ block, mask }) => {
    const rule = block.columns[at];
    const own = Array.from(rule.values, () => ({ hits: 0, last: 0 }));
    for (let i = 0; i < SIZE; i++) {
      if (mask[i] !== 1) continue;
      const one = own[rule.get(i)];
      one.hits++;
      if (block.time[i] > one.last) one.last = block.time[i];
    }
    for (const [code, { hits, last }] of own.entries()) {
      const sum = sums.get(rule.values[code]) ?? { hits: 0, last: 0 };
      sums.set(rule.values[code], { hits: sum.hits + hits, last: Math.max(sum.last, last) });
    }
  });
  return new Map(
    [...sums].map(([word, { hits, last }]) => [
      connection.decoder.word(word),
      { hits, last: last === 0 ? null : isoOfMicroseconds(last) },
    ]),
  );
}

function relatedTo(connection: Connection, seq: number): Related {
  const { search, behind } = connection;
  const alert = search.alert(seq);
  if (alert === undefined) throw notFound("There is no such alert in the journal.");
  const found = new Map<number, TimelineEntry["relation"]>();
  const add = (numbers: readonly number[], relation: TimelineEntry["relation"]): void => {
    for (const number of numbers) if (number !== seq && !found.has(number)) found.set(number, relation);
  };
  add(behind.kin(seq, MOST_KIN), "process");
  const field = (name: string): string | undefined => {
    const at = alert.names.indexOf(name);
    return at < 0 ? undefined : plainValue(alert.values[at]);
  };
  const flow = field("net.community_id");
  if (flow !== undefined) add(near(connection, "net.community_id", flow, seq), "flow");
  const container = field("container.id");
  if (container !== undefined && container !== "host" && container !== "")
    add(near(connection, "container.id", container, seq), "container");
  const closest = [...found].sort(([a], [b]) => Math.abs(a - seq) - Math.abs(b - seq)).slice(0, MOST_RELATED);
  const timeline = closest.flatMap(([number, relation]) => {
    const other = search.alert(number);
    if (other === undefined) return [];
    const { id, time, rule, priority, source, output } = storedAlert(other, untouched);
    return [{ id, time, rule, priority, source, output, relation }];
  });
  timeline.sort((a, b) => (a.time < b.time ? -1 : 1));
  return { tree: behind.tree(alert), timeline };
}

/** The numbers of alerts with a value, those next to an alert. */
function near({ search }: Connection, name: string, value: string, seq: number): number[] {
  const filter: Filter = { ...everything, condition: { kind: "test", name, operator: "=", values: [value] } };
  const take = (order: "newest" | "oldest"): number[] => {
    const numbers: number[] = [];
    const end = performance.now() + PATIENCE / 4;
    for (const { block, mask, sure } of search.blocks(
      filter,
      order,
      order === "newest" ? { before: seq } : { after: seq },
    )) {
      for (const row of rowsOf(mask, order)) {
        if (sure === undefined || sure(row)) numbers.push(block.base + row);
        if (numbers.length >= MOST_KIN / 2 || performance.now() > end) return numbers;
      }
      if (performance.now() > end) return numbers;
    }
    return numbers;
  };
  return [...take("newest"), ...take("oldest")];
}

function responseRecord(step: Step, alert?: { readonly id: string; readonly rule: string }): ResponseRecord {
  const { time, response, action, target, state, why, answer, asked, ended } = step;
  const reason = why ?? answer;
  return {
    time: new Date(time).toISOString(),
    response,
    action,
    target: target ?? "",
    step: state,
    ...(reason !== undefined && { reason }),
    ...(asked !== undefined && ended !== undefined && { duration: (ended - asked) / 1000 }),
    ...(alert && { alert: alert.id, rule: alert.rule }),
  };
}

function write(work: () => void, file: string): void {
  try {
    work();
  } catch (error) {
    throw explained(error, file);
  }
}

function explained(error: unknown, file: string): unknown {
  if (error instanceof Refusal || !(error instanceof Error)) return error;
  const fault = faultOf(error);
  if (fault === "failed" && !("errcode" in error)) return error;
  return new Refusal(503, "journal", `The journal at ${file} can't be used now: ${reasonOf(error)}.`);
}
