import type { Store } from "../store.ts";
import { nextOf, placeOf } from "./cursor.ts";
import { alertIn, type FleetAlert } from "./document.ts";
import { everyDocument } from "./dsl.ts";
import type { Fleet } from "./fleet.ts";
import { cursorAfter, openFollow } from "./follow.ts";
import { ID, TIME } from "./wanted.ts";

/** Milliseconds that a list may search before it answers with what it has. */
const PATIENCE = 2000;

/** Lists of alerts, and following them. */
export function listMethods(fleet: Fleet): Pick<Store, "list" | "end" | "after" | "cursorOf"> {
  const { alerts, triage, wantedNow, stored, withId } = fleet;
  const follow = openFollow(alerts);
  return {
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
  };
}
