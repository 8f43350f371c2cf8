import { limitRate } from "../../../server/rate.ts";
import type { Store } from "../store.ts";
import { wrongCursor } from "./cursor.ts";
import type { Fleet } from "./fleet.ts";

/** The audit log, and changes of states. */
export function activityMethods(fleet: Fleet): Pick<Store, "record" | "deeds" | "changesAfter"> {
  const { triage } = fleet;
  // Failed sign-ins do not fill the store: one of them is written in a second.
  const strangers = limitRate(1);
  return {
    async record(deed) {
      if (deed.user === "" && strangers.delay("") > 0) return;
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
    async changesAfter(number) {
      await triage.refresh();
      return number < 0 ? { changes: [], number: triage.changesAfter(0).number } : triage.changesAfter(number);
    },
  };
}
