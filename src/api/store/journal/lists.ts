import type { Store, StoredAlert } from "../store.ts";
import { SIZE } from "./block.ts";
import { cursorFor, numberIn } from "./cursor.ts";
import { loaded, pause } from "./loading.ts";
import type { OpenJournal } from "./open-journal.ts";
import { rowsOf } from "./search.ts";

/** Milliseconds after which a search for a list returns the alerts found so far. */
const TIME_LIMIT = 200;
/**
 * Milliseconds after which a search for new alerts returns. Shorter, because each open event stream repeats the search.
 */
const FOLLOW_TIME_LIMIT = 50;
/** Number of alerts between two checks of the time. */
const CHECK_INTERVAL = 64;

/** Methods that list and follow alerts. */
export function listMethods(journal: OpenJournal): Pick<Store, "list" | "end" | "after" | "cursorOf"> {
  const { connected, stored } = journal;
  return {
    async list(filter, { limit, order, cursor }) {
      const connection = connected();
      if (connection === undefined) return { alerts: [], next: null };
      const { search, blocks } = connection;
      const from = numberIn(cursor);
      if (order === "oldest") await loaded(blocks, from ?? 0);
      const bounds = from === undefined ? {} : order === "newest" ? { before: from } : { after: from };
      const alerts: StoredAlert[] = [];
      const end = performance.now() + TIME_LIMIT;
      let looked = 0;
      let begun = false;
      for (const { block, mask, test } of search.blocks(filter, order, bounds)) {
        if (begun && performance.now() > end) {
          const edge = order === "newest" ? block.base + SIZE - 1 : block.base;
          return { alerts, next: cursorFor(edge, order) };
        }
        begun = true; // each response covers at least one more block
        for (const row of rowsOf(mask, order)) {
          const seq = block.base + row;
          if (++looked % CHECK_INTERVAL === 0 && performance.now() > end)
            return { alerts, next: cursorFor(seq, order) };
          if (test !== undefined && !test(row)) continue;
          const alert = search.alert(seq);
          if (alert === undefined) continue;
          if (alerts.length === limit) return { alerts, next: cursorFor(seq, order) };
          alerts.push(stored(connection, alert));
        }
      }
      if (blocks.complete || order === "oldest") return { alerts, next: null };
      // A cursor may be older than the loaded alerts.
      const next = cursorFor(Math.min(blocks.from, from ?? Number.POSITIVE_INFINITY) - 1, order);
      await pause(); // the next request loads more
      return { alerts, next };
    },
    async end() {
      return String(connected()?.blocks.to ?? 0);
    },
    async after(filter, cursor, limit) {
      const connection = connected();
      const after = numberIn(cursor) ?? 0;
      if (connection === undefined) return { alerts: [], cursor, more: false };
      const { search, blocks } = connection;
      await loaded(blocks, after);
      const alerts: StoredAlert[] = [];
      if (blocks.to <= after) return { alerts, cursor: String(blocks.to), more: false };
      const end = performance.now() + FOLLOW_TIME_LIMIT;
      let looked = 0;
      let begun = false;
      for (const { block, mask, test } of search.blocks(filter, "oldest", { after })) {
        if (begun && performance.now() > end) return { alerts, cursor: String(block.base - 1), more: true };
        begun = true; // each call covers at least one more block, or a part of it
        for (const row of rowsOf(mask, "oldest")) {
          const seq = block.base + row;
          const alert = test === undefined || test(row) ? search.alert(seq) : undefined;
          if (alert !== undefined) alerts.push(stored(connection, alert));
          const isLate = ++looked % CHECK_INTERVAL === 0 && performance.now() > end;
          if (alerts.length >= limit || isLate) return { alerts, cursor: String(seq), more: true };
        }
      }
      return { alerts, cursor: String(blocks.to), more: false };
    },
    async cursorOf(id) {
      const seq = connected()?.seqUpTo(id);
      return seq === undefined ? undefined : String(seq);
    },
  };
}
