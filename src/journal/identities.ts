import type { DatabaseSync } from "node:sqlite";

/** Identities of recent alerts, for those whose events arrive again after a crash. Runs in the caller's transaction. */
export interface Identities {
  /** The ID of the alert with an identity; undefined if there was none among the recent ones. */
  idOf(identity: string): Uint8Array | undefined;
  /** Adds the identity of a new alert, whose sequence number is the largest. */
  add(seq: number, identity: string, id: Uint8Array): void;
}

/** Alerts whose identities are kept at least, and sequence numbers between two removals of older ones. */
export const RECENT = 65_536;
const STEP = 1024;

export function openIdentities(db: DatabaseSync): Identities {
  const find = db.prepare("SELECT id FROM identity WHERE text = ?");
  // A row from a damaged journal can have any number.
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
