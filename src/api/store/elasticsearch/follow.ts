import type { Alerts, Place } from "./alerts.ts";
import type { FleetAlert } from "./document.ts";
import { all, not, range } from "./dsl.ts";
import { textAt } from "./json.ts";
import { ID, TIME, type Wanted } from "./wanted.ts";

/** Follows alerts by their time: those of a whole fleet arrive in no order, so that a while before the newest is looked at again. */
export interface Follow {
  /** @param cursor from {@link cursorAfter} or from here */
  after(
    wanted: () => Promise<Wanted>,
    cursor: string,
    limit: number,
  ): Promise<{ readonly alerts: readonly FleetAlert[]; readonly cursor: string }>;
}

/** Milliseconds between two questions of one who follows. */
const PAUSE = 400;
/** Milliseconds that an alert may arrive after a later one and still be told of, and alerts that are remembered for that. */
const LATE = 30_000;
const MOST_SEEN = 5000;
/** Those who follow whose place is remembered; more than can be served at once. */
const MOST_FOLLOWERS = 256;

interface Follower {
  newest: Place;
  /** The ids that were told of, or passed over, with their times in milliseconds. */
  readonly seen: Map<string, number>;
  /** Milliseconds since the epoch up to which nothing is remembered any more, and nothing looked at again. */
  floor: number;
  asked: number;
}

export function cursorAfter({ time, id }: Place): string {
  return `${time}~${id}`;
}

/** The place that a cursor names; undefined where it is none of ours. */
export function placeIn(cursor: string): Place | undefined {
  const [, time, id = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)~([\w-]{0,64})(?:~\d+)?$/.exec(cursor) ?? [];
  return time === undefined ? undefined : { time, id };
}

export function openFollow(alerts: Alerts): Follow {
  const followers = new Map<string, Follower>();
  let number = 0;

  /** One who begins: what is there already is not told of. */
  async function begin(newest: Place): Promise<readonly [string, Follower]> {
    const from = new Date(Math.max(0, Date.parse(newest.time) - LATE)).toISOString();
    const { hits } = await alerts.search(range(TIME, { gte: from, lte: newest.time }), {
      size: 1000,
      track_total_hits: false,
      sort: [{ [TIME]: { order: "desc" } }, { [ID]: { order: "desc" } }],
      _source: [TIME, ID],
    });
    const seen = hits.flatMap((hit): readonly (readonly [string, number])[] => {
      const [time, id] = [textAt(hit, "_source", "falco", "time"), textAt(hit, "_source", "falco", "uuid")];
      return time < newest.time || id <= newest.id ? [[id, Date.parse(time)]] : [];
    });
    return [`${++number}`, { newest, seen: new Map(seen), floor: 0, asked: 0 }];
  }

  return {
    async after(wantedNow, cursor, limit) {
      const name = /~(\d+)$/.exec(cursor)?.[1] ?? "";
      const place = placeIn(cursor);
      if (place === undefined) return { alerts: [], cursor };
      const known = followers.get(name);
      const [own, follower] = known === undefined ? await begin(place) : ([name, known] as const);
      followers.delete(own);
      followers.set(own, follower); // the last to go
      for (const oldest of followers.keys()) {
        if (followers.size <= MOST_FOLLOWERS) break;
        followers.delete(oldest);
      }
      const here = (): string => `${cursorAfter(follower.newest)}~${own}`;
      if (Date.now() - follower.asked < PAUSE) return { alerts: [], cursor: here() };
      follower.asked = Date.now();
      const wanted = await wantedNow();
      const { seen } = follower;
      const late = Date.parse(follower.newest.time) - LATE;
      for (const [id, time] of seen) {
        if (time >= late && seen.size <= MOST_SEEN) continue;
        seen.delete(id);
        follower.floor = Math.max(follower.floor, time + 1);
      }
      const since = Math.max(late, follower.floor);
      const fresh = [range(TIME, { gte: new Date(Math.max(0, since)).toISOString() })];
      if (seen.size > 0) fresh.push(not({ terms: { [ID]: [...seen.keys()] } }));
      const query = all([wanted.query, ...fresh]);
      // One piece is enough: the next question goes on behind it.
      const piece = (await alerts.pieces({ ...wanted, query }, "oldest", undefined, limit).next()).value;
      if (piece === undefined) return { alerts: [], cursor: here() };
      const { alerts: found, looked, reached, last } = piece;
      for (const { id, time } of looked) seen.set(id, Number(time / 1_000_000n));
      if (reached !== undefined && reached.time > follower.newest.time) follower.newest = reached;
      if (!last) follower.asked = 0; // more is waiting
      return { alerts: found, cursor: here() };
    },
  };
}
