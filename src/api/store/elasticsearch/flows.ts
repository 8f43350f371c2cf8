import { FlowTally, flowFields } from "../flows.ts";
import type { Store } from "../store.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import { all, terms } from "./dsl.ts";
import type { Fleet } from "./fleet.ts";

/** Milliseconds after which the flows of the alerts read so far are returned. */
const TIME_LIMIT = 2000;
/** Number of alerts per batch. */
const PIECE = 1000;

/**
 * Counts alerts by workload and remote end of their connections. Alerts are tested one by one, so a response may cover
 * only the newest alerts.
 */
export function flowMethods({ alerts, query }: Fleet): Pick<Store, "flows"> {
  return {
    async flows(filter, { limit, cursor }) {
      const from = positionOf(cursor);
      const wanted = await query(filter);
      const connected = { ...wanted, query: all([wanted.query, terms("eyas.names", flowFields)]) };
      const tally = new FlowTally();
      const end = performance.now() + TIME_LIMIT;
      for await (const { alerts: some, position, last } of alerts.batches(connected, "newest", from, PIECE)) {
        for (const alert of some) tally.add(alert);
        if (last || performance.now() <= end) continue;
        const searched = position === undefined ? {} : { searched: position.time };
        return { ...tally.answer(limit), next: cursorOf(position), complete: false, ...searched };
      }
      return { ...tally.answer(limit), next: null };
    },
  };
}
