import type { DatabaseSync } from "node:sqlite";

/** Name of the row in the table `state` with the ID of the newest comment. */
const LAST_COMMENT = "last_comment";

/**
 * IDs of comments. They are not reused, even if retention has deleted the newest comment, because readers look for
 * larger IDs. To be used in a transaction.
 */
export interface CommentIds {
  next(): number;
  /** Stores the ID of the newest comment. */
  store(id: number): void;
}

export function openCommentIds(db: DatabaseSync): CommentIds {
  const last = db.prepare(`SELECT max(ifnull((SELECT max(id) FROM comment), 0),
    ifnull((SELECT value FROM state WHERE name = '${LAST_COMMENT}'), 0)) AS last`);
  const store = db.prepare(`INSERT OR REPLACE INTO state VALUES ('${LAST_COMMENT}', ?)`);
  return {
    next: () => Number(last.get()?.last ?? 0) + 1,
    store: (id) => void store.run(id),
  };
}
