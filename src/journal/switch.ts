import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isMigrated } from "./schema.ts";

/** A change that paused or resumed all responses. */
export interface SwitchChange {
  /** Time of the change, in milliseconds since the epoch. */
  readonly time: number;
  readonly paused: boolean;
  readonly who: string;
  readonly reason: string;
}

/** The last change that paused or resumed responses; undefined if there is none. Throws SQLite errors. */
export function lastSwitch(db: DatabaseSync): SwitchChange | undefined {
  const row = db.prepare("SELECT time, paused, who, reason FROM response_switch ORDER BY id DESC LIMIT 1").get();
  return row && switchIn(row);
}

/** The change in a table row. */
export function switchIn({ time, paused, who, reason }: Readonly<Record<string, unknown>>): SwitchChange {
  return { time: Number(time), paused: paused === 1, who: String(who), reason: String(reason) };
}

/**
 * Pauses or resumes responses, even while another process writes the journal. The responder checks the state before
 * each action.
 * @returns whether the journal exists
 * @throws SQLite errors, ForeignJournal
 */
export function turnSwitch(file: string, { time, paused, who, reason }: SwitchChange): boolean {
  if (!existsSync(file)) return false; // SQLite would create a file that other users can read
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
