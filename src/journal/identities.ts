import type { DatabaseSync } from "node:sqlite";

/**
 * Stores the identities of recent alerts, to detect alerts whose events arrive again after a crash. Methods run in the
 * caller's transaction.
 */
export interface Identities {
  /** The ID of the recent alert with this identity; undefined if there is none. */
  idOf(identity: string): Uint8Array | undefined;
  /**
   * Adds the identity of a new alert. Its sequence number must be larger than the sequence numbers of all stored
   * alerts.
   */
  add(seq: number, identity: string, id: Uint8Array): void;
}

/** Minimum number of alerts whose identities are kept. */
export const RECENT = 65_536;
/** Interval between deletions of old identities, as a number of alerts. */
const STEP = 1024;

export function openIdentities(db: DatabaseSync): Identities {
  const find = db.prepare("SELECT id FROM identity WHERE text = ?");
  // Replaces existing rows, because rows from a damaged journal can have any sequence number.
  const put = db.prepare("INSERT OR REPLACE INTO identity VALUES (?, ?, ?)");
  const removeOld = db.prepare("DELETE FROM identity WHERE seq < ?");
  let removedAt = 0;
  return {
    idOf(identity) {
      const id = find.get(identity)?.id;
      return id instanceof Uint8Array ? id : undefined;
    },
    add(seq, identity, id) {
      put.run(seq, identity, id);
      if (seq < removedAt + STEP) return;
      removedAt = seq;
      removeOld.run(seq - RECENT);
    },
  };
}
