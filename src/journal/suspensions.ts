import type { DatabaseSync } from "node:sqlite";
import type { ActionEntry } from "./action-entry.ts";

/**
 * Records which targets are suspended, because an action suspended them and no later action released them. Retention
 * keeps the alerts and action log entries of suspended targets.
 */
export interface Suspensions {
  /**
   * Records that an action suspended or released its target. Runs in the caller's transaction. Throws SQLite errors.
   */
  record(entry: ActionEntry): void;
}

/** Maximum number of listed suspended targets. Above this limit, the oldest targets are no longer listed. */
export const MAX_SUSPENSIONS = 4000;
/** Name of the row in the table `state` with the number of suspended targets that are no longer listed. */
export const UNLISTED = "unlisted_suspensions";

export function openSuspensions(db: DatabaseSync): Suspensions {
  const add = db.prepare(`INSERT INTO suspension (id, seq, target, undone_by) VALUES (?, ?, ?, ?)
    ON CONFLICT (undone_by, target) DO UPDATE SET id = excluded.id, seq = excluded.seq WHERE excluded.id > id`);
  const remove = db.prepare("DELETE FROM suspension WHERE undone_by = ? AND target = ? AND id < ?");
  const count = db.prepare("SELECT count(*) AS count FROM suspension");
  const removeOldest = db.prepare("DELETE FROM suspension WHERE id IN (SELECT id FROM suspension ORDER BY id LIMIT ?)");
  const countUnlisted = db.prepare(
    "INSERT INTO state VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
  );
  return {
    record({ id, seq, target = "", action, undoneBy, state, why }) {
      if (state !== "done" && why !== "nothing") return;
      remove.run(action, target, id);
      if (state !== "done" || undoneBy === undefined) return;
      add.run(id, seq, target, undoneBy);
      const excess = Number(count.get()?.count ?? 0) - MAX_SUSPENSIONS;
      if (excess <= 0) return;
      removeOldest.run(excess);
      countUnlisted.run(UNLISTED, excess);
    },
  };
}
