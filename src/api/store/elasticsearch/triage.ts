import { idMaker, idText } from "../../../journal/id.ts";
import { type State, states } from "../../filter/filter.ts";
import { Refusal } from "../../refusal.ts";
import type { Comment, Deed, NewDeed } from "../store.ts";
import { all, range, term } from "./dsl.ts";
import { at, type Fields, numberAt, textAt } from "./json.ts";
import type { Server } from "./server.ts";
import type { FleetSettings } from "./settings.ts";

/** What people made of an alert. */
export interface Made {
  readonly state: State;
  readonly assignee: string;
  readonly comments: number;
}

/** A state that an alert was brought into. */
export interface Change {
  readonly id: string;
  readonly state: State;
  readonly user: string;
}

/**
 * What people make of a fleet's alerts, in an index of its own: a document for each thing that somebody says or does, none
 * is ever changed. Other pages over the same fleet write to it too.
 */
export interface Triage {
  /** Takes in what others wrote; asks at most once in a second. */
  refresh(): Promise<void>;
  /** By the alert's id, as of the last refresh. */
  readonly made: ReadonlyMap<string, Made>;
  /** Changes after so many that this process has seen, the oldest first, and how many it has seen. */
  changesAfter(number: number): { readonly changes: readonly Change[]; readonly number: number };
  comments(alert: string): Promise<readonly Comment[]>;
  say(alert: string, user: string, text: string, state: State | undefined): Promise<void>;
  record(deed: NewDeed): Promise<void>;
  /** @param before the key of the last of the page before */
  deeds(limit: number, before: string | undefined): Promise<readonly (Deed & { readonly key: string })[]>;
}

/** Milliseconds between two looks, and within which others' clocks have to agree with ours. */
const PAUSE = 1000;
const OVERLAP = 60_000;
/** What is taken in at once, and at most. */
const PIECE = 1000;
const MOST = 50_000;
/** What is said of one alert; an answer has room for so many long texts. */
const MOST_COMMENTS = 500;
/** Changes that are remembered for those who follow. */
const MOST_CHANGES = 10_000;

const properties = {
  kind: { type: "keyword" },
  key: { type: "keyword" },
  time: { type: "date" },
  alert: { type: "keyword" },
  user: { type: "keyword" },
  state: { type: "keyword" },
  text: { type: "text" },
  length: { type: "long" },
  address: { type: "keyword" },
  action: { type: "keyword" },
  target: { type: "keyword" },
  detail: { type: "text" },
};

export function openTriage(server: Server, { triageIndex: index, keys }: FleetSettings): Triage {
  const made = new Map<string, { state: State; assignee: string; comments: number; latest: string }>();
  const changes: Change[] = [];
  let forgotten = 0;
  const seen = new Map<string, number>();
  const nextKey = idMaker(undefined);
  const place = `/${encodeURIComponent(index)}`;
  let since: number | undefined;
  let looked = 0;
  let looking: Promise<void> | undefined;
  let created: Promise<void> | undefined;

  async function create(): Promise<void> {
    const known = await server.ask({ method: "GET", path: `${place}/_mapping` });
    if (known !== undefined) return;
    const settings = { number_of_shards: 1, number_of_replicas: keys.numberofreplicas };
    await server
      .ask({ method: "PUT", path: place, body: { settings, mappings: { dynamic: false, properties } } })
      .catch(async (error: unknown) => {
        // Another page may have been quicker.
        if ((await server.ask({ method: "GET", path: `${place}/_mapping` })) === undefined) throw error;
      });
  }

  async function write(document: Fields): Promise<string> {
    created ??= create();
    await created.catch((error: unknown) => {
      created = undefined;
      throw error;
    });
    const key = idText(nextKey());
    const body = { ...document, key, time: new Date().toISOString() };
    const answer = await server.ask({ method: "PUT", path: `${place}/_create/${key}?refresh=true`, body });
    if (answer === undefined) throw new Refusal(503, "store", `The index ${index} can't be written to.`);
    return key;
  }

  function take(source: unknown, fresh: boolean): void {
    const key = textAt(source, "key");
    if (key === "" || seen.has(key)) return;
    seen.set(key, Date.parse(textAt(source, "time")));
    const alert = textAt(source, "alert");
    const state = states.find((one) => one === textAt(source, "state"));
    const one = made.get(alert) ?? { state: "open", assignee: "", comments: 0, latest: "" };
    const user = textAt(source, "user");
    if (state !== undefined && key > one.latest) {
      one.latest = key;
      one.state = state;
      one.assignee = state === "open" ? "" : user;
    }
    if (numberAt(source, "length") > 0) one.comments++;
    made.set(alert, one);
    if (state === undefined || !fresh) return;
    changes.push({ id: alert, state, user });
  }

  async function look(): Promise<void> {
    const first = since === undefined;
    const from = since === undefined ? undefined : new Date(since - OVERLAP).toISOString();
    let after: string | undefined;
    const found: unknown[] = [];
    do {
      const { hits } = await server.search(index, {
        size: PIECE,
        track_total_hits: false,
        query: all([term("kind", "comment"), ...(from === undefined ? [] : [range("time", { gte: from })])]),
        sort: [{ key: { order: "desc", unmapped_type: "keyword" } }],
        _source: ["key", "time", "alert", "user", "state", "length"],
        ...(after !== undefined && { search_after: [after] }),
      });
      found.push(...hits);
      after = hits.length < PIECE ? undefined : textAt(hits.at(-1), "_source", "key");
    } while (after !== undefined && found.length < MOST);
    since = Date.now();
    for (const hit of found.reverse()) take(at(hit, "_source"), !first);
    for (const [key, time] of seen) if (time < since - 2 * OVERLAP) seen.delete(key);
    if (changes.length > 2 * MOST_CHANGES) forgotten += changes.splice(0, changes.length - MOST_CHANGES).length;
  }

  return {
    made,
    changesAfter: (number) => ({
      changes: changes.slice(Math.max(0, number - forgotten)),
      number: forgotten + changes.length,
    }),
    async refresh() {
      if (Date.now() - looked < PAUSE) return looking;
      looked = Date.now();
      looking = look().catch((error: unknown) => {
        looked = 0;
        throw error;
      });
      return looking;
    },
    async comments(alert) {
      const { hits } = await server.search(index, {
        size: MOST_COMMENTS,
        track_total_hits: false,
        query: all([term("kind", "comment"), term("alert", alert)]),
        sort: [{ key: { order: "asc", unmapped_type: "keyword" } }],
      });
      return hits.map((hit) => {
        const source = at(hit, "_source");
        const state = states.find((one) => one === textAt(source, "state"));
        const [time, user, text] = ["time", "user", "text"].map((name) => textAt(source, name));
        return { time, user, text, ...(state && { state }) };
      });
    },
    async say(alert, user, text, state) {
      const document = { kind: "comment", alert, user, text, length: text.length, ...(state && { state }) };
      const key = await write(document);
      take({ ...document, key, time: new Date().toISOString() }, true);
    },
    async record(deed) {
      await write({ kind: "deed", ...deed });
    },
    async deeds(limit, before) {
      const { hits } = await server.search(index, {
        size: limit,
        track_total_hits: false,
        query: term("kind", "deed"),
        sort: [{ key: { order: "desc", unmapped_type: "keyword" } }],
        ...(before !== undefined && { search_after: [before] }),
      });
      return hits.map((hit) => {
        const source = at(hit, "_source");
        const [key, time, user, address, action] = ["key", "time", "user", "address", "action"].map((name) =>
          textAt(source, name),
        );
        const [target, detail] = [textAt(source, "target"), textAt(source, "detail")];
        return { key, time, user, address, action, ...(target && { target }), ...(detail && { detail }) };
      });
    },
  };
}
