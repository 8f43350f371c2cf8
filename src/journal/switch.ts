import { DatabaseSync } from "node:sqlite";
import { isMigrated } from "./schema.ts";

/** Somebody stopped all responses, or let them go on. */
export interface SwitchChange {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly paused: boolean;
  readonly who: string;
  readonly reason: string;
}

/** The last change of the switch; undefined where nobody has touched it. Throws what SQLite throws. */
export function lastSwitch(db: DatabaseSync): SwitchChange | undefined {
  const row = db.prepare("SELECT time, paused, who, reason FROM response_switch ORDER BY id DESC LIMIT 1").get();
  if (row === undefined) return undefined;
  return { time: Number(row.time), paused: row.paused === 1, who: String(row.who), reason: String(row.reason) };
}

/**
 * Turns the switch, also while another process writes the journal; it is asked before every action.
 * @returns whether there is a journal
 * @throws what SQLite throws, ForeignJournal
 */
export function turnSwitch(file: string, { time, paused, who, reason }: SwitchChange): boolean {
  const db = new DatabaseSync(file, { timeout: 5000 });
  try {
    if (!isMigrated(db, file)) return false;
    db.prepare("INSERT INTO response_switch (time, paused, who, reason) VALUES (?, ?, ?, ?)").run(
      ...[time, paused ? 1 : 0, who, reason],
    );
    return true;
  } finally {
    db.close();
  }
}
