import type { Store } from "../store.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import { alertIn, type FleetAlert } from "./document.ts";
import { range } from "./dsl.ts";
import type { Fleet } from "./fleet.ts";
import { ID, TIME } from "./fleet-query.ts";
import { cursorText, openFollow } from "./follow.ts";

/** Milliseconds after which a search for a list returns the alerts found so far. */
const TIME_LIMIT = 2000;

/** Methods that list and follow alerts. */
export function listMethods(fleet: Fleet): Pick<Store, "list" | "end" | "after" | "cursorOf"> {
  const { alerts, triage, query, stored, withId } = fleet;
  const follow = openFollow(alerts);
  return {
    async list(filter, { limit, order, cursor }) {
      const from = positionOf(cursor);
      await triage.refresh();
      const wanted = await query(filter);
      const found: FleetAlert[] = [];
      const end = performance.now() + TIME_LIMIT;
      // One extra alert shows whether there is a next page.
      for await (const { alerts: some, position, last } of alerts.batches(
        wanted,
        order,
        from,
        Math.min(limit + 1, 500),
      )) {
        found.push(...some);
        if (found.length > limit || last) break;
        if (performance.now() > end) return { alerts: found.map((alert) => stored(alert)), next: cursorOf(position) };
      }
      const page = found.slice(0, limit);
      const next =
        found.length > limit ? cursorOf({ time: page.at(-1)?.isoTime ?? "", id: page.at(-1)?.id ?? "" }) : null;
      return { alerts: page.map((alert) => stored(alert)), next };
    },
    async end() {
      const now = new Date().toISOString();
      // A stream that starts at an alert with a time in the future would skip all alerts until that time.
      const { hits } = await alerts.search(range(TIME, { lte: now }), {
        size: 1,
        track_total_hits: false,
        sort: [{ [TIME]: { order: "desc" } }, { [ID]: { order: "desc" } }],
      });
      const newest = hits.map(alertIn)[0];
      return newest === undefined
        ? cursorText({ time: `${now.slice(0, -1)}000000Z`, id: "" })
        : cursorText({ time: newest.isoTime, id: newest.id });
    },
    async after(filter, cursor, limit) {
      const { alerts: found, cursor: next } = await follow.after(() => query(filter), cursor, limit);
      return { alerts: found.map((alert) => stored(alert)), cursor: next, more: found.length >= limit };
    },
    async cursorOf(id) {
      const alert = await withId(id);
      return alert && cursorText({ time: alert.isoTime, id: alert.id });
    },
  };
}
