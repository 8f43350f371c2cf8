import type { Alerts, Position } from "./alerts.ts";
import type { FleetAlert } from "./document.ts";
import { all, not, range } from "./dsl.ts";
import { type FleetQuery, ID, TIME } from "./fleet-query.ts";
import { textAt } from "./json.ts";

/**
 * Returns new alerts by time. Alerts of a fleet arrive out of order, so each query also covers a window before the
 * newest alert.
 */
export interface Follow {
  /** @param cursor from {@link cursorText} or a previous call */
  after(
    wanted: () => Promise<FleetQuery>,
    cursor: string,
    limit: number,
  ): Promise<{ readonly alerts: readonly FleetAlert[]; readonly cursor: string }>;
}

/** Minimum interval between queries of a follower, in milliseconds. */
const PAUSE = 400;
/** Window in milliseconds for late alerts, and maximum number of IDs stored for the window. */
const LATE = 30_000;
const MOST_SEEN = 5000;
/** Maximum number of existing alerts that are read when a follower is registered. */
const MOST_KNOWN = 1000;
/** Maximum number of tracked followers; higher than the maximum number of event streams. */
const MOST_FOLLOWERS = 256;

interface Follower {
  newest: Position;
  /** IDs of alerts that were returned or skipped, with their times in milliseconds. */
  readonly seen: Map<string, number>;
  /** Lower bound of the start of the window, in milliseconds since the epoch. Earlier alerts are not queried. */
  floor: number;
  asked: number;
}

export function cursorText({ time, id }: Position): string {
  return `${time}~${id}`;
}

/** Parses a cursor; undefined if it is not from this store. */
export function parseCursor(cursor: string): Position | undefined {
  const [, time, id = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)~([\w-]{0,64})(?:~\d+)?$/.exec(cursor) ?? [];
  return time === undefined ? undefined : { time, id };
}

/**
 * The start of the window for late alerts, in milliseconds since the epoch. An alert with a time in the future does not
 * move the window, so that alerts with correct times are still returned.
 */
function windowStart(newest: Position): number {
  return Math.min(Date.parse(newest.time), Date.now()) - LATE;
}

export function openFollow(alerts: Alerts): Follow {
  const followers = new Map<string, Follower>();
  let number = 0;

  /** Registers a follower at a position. Existing alerts up to the position are not returned. */
  async function begin(newest: Position): Promise<readonly [string, Follower]> {
    const from = Math.max(0, windowStart(newest));
    const { hits } = await alerts.search(range(TIME, { gte: new Date(from).toISOString(), lte: newest.time }), {
      size: MOST_KNOWN,
      track_total_hits: false,
      sort: [{ [TIME]: { order: "desc" } }, { [ID]: { order: "desc" } }],
      _source: [TIME, ID],
    });
    const seen = hits.flatMap((hit): readonly (readonly [string, number])[] => {
      const [time, id] = [textAt(hit, "_source", "falco", "time"), textAt(hit, "_source", "falco", "uuid")];
      return time < newest.time || id <= newest.id ? [[id, Date.parse(time)]] : [];
    });
    const oldest = textAt(hits.at(-1), "_source", "falco", "time");
    // Earlier alerts in the window would be returned as new alerts, because their IDs were not read.
    const floor = hits.length < MOST_KNOWN ? from : Date.parse(oldest) + 1;
    return [`${++number}`, { newest, seen: new Map(seen), floor, asked: Number.NEGATIVE_INFINITY }];
  }

  return {
    async after(wanted, cursor, limit) {
      const name = /~(\d+)$/.exec(cursor)?.[1] ?? "";
      const place = parseCursor(cursor);
      if (place === undefined) return { alerts: [], cursor };
      const registered = followers.get(name);
      const [own, follower] = registered === undefined ? await begin(place) : ([name, registered] as const);
      followers.delete(own);
      followers.set(own, follower); // moves the follower to the end, to be evicted last
      for (const oldest of followers.keys()) {
        if (followers.size <= MOST_FOLLOWERS) break;
        followers.delete(oldest);
      }
      const here = (): string => `${cursorText(follower.newest)}~${own}`;
      if (performance.now() - follower.asked < PAUSE) return { alerts: [], cursor: here() };
      follower.asked = performance.now();
      const fleetQuery = await wanted();
      const { seen } = follower;
      const late = windowStart(follower.newest);
      const now = Date.now();
      const excess = seen.size - MOST_SEEN;
      const known = excess > 0 ? [...seen].sort(([, a], [, b]) => a - b) : [...seen];
      for (const [i, [id, time]] of known.entries()) {
        if (time >= late && i >= excess) continue;
        seen.delete(id);
        follower.floor = Math.max(follower.floor, Math.min(time + 1, now));
      }
      const since = Math.max(late, follower.floor);
      const fresh = [range(TIME, { gte: new Date(Math.max(0, since)).toISOString() })];
      if (seen.size > 0) fresh.push(not({ terms: { [ID]: [...seen.keys()] } }));
      const query = all([fleetQuery.query, ...fresh]);
      // One batch is enough: the next query continues after it.
      const piece = (await alerts.batches({ ...fleetQuery, query }, "oldest", undefined, limit).next()).value;
      if (piece === undefined) return { alerts: [], cursor: here() };
      const { alerts: found, read, position, last } = piece;
      for (const { id, time } of read) seen.set(id, Number(time / 1_000_000n));
      if (position !== undefined && position.time > follower.newest.time) follower.newest = position;
      if (!last) follower.asked = Number.NEGATIVE_INFINITY; // more alerts are available
      return { alerts: found, cursor: here() };
    },
  };
}
