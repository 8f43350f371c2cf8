import { readFileSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { JournalHeld } from "./fault.ts";

/** The lock of the process that writes a journal. The system releases it when the process ends. */
export interface Lock {
  release(): void;
}

/**
 * Node can't lock files, SQLite does: an open transaction on an empty database beside the journal is the lock, and the
 * journal itself stays free for readers.
 * @throws JournalHeld where another process has it
 */
export function takeLock(file: string): Lock {
  const db = new DatabaseSync(file);
  try {
    db.exec("BEGIN IMMEDIATE");
  } catch (error) {
    db.close();
    if (!(error instanceof Error && "errcode" in error && error.errcode === 5)) throw error;
    const holder = holderOf(file);
    throw new JournalHeld(`another process${holder === undefined ? "" : ` (${holder})`} writes it already`);
  }
  return {
    release() {
      db.close();
    },
  };
}

/** The process that writes a journal now, from Linux; undefined where none does. */
export function writerOf(journal: string): string | undefined {
  return holderOf(`${journal}.lock`);
}

/** The ID of the process that has a lock on a file, from Linux. */
function holderOf(file: string): string | undefined {
  try {
    const { ino } = statSync(file);
    const line = readFileSync("/proc/locks", "utf8")
      .split("\n")
      .find((one) => one.includes(`:${ino} `));
    return line?.split(/\s+/)[4];
  } catch {
    return undefined;
  }
}
