import { readFileSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { JournalHeld } from "./fault.ts";

/** The lock of the process that writes a journal. It is released when the process ends. */
export interface Lock {
  /**
   * Whether the locked file still exists at its path. If not, another process could create and lock a new file there.
   */
  isInPlace(): boolean;
  release(): void;
}

/**
 * Locks a journal. Node has no file locks, but SQLite does. The lock is an open transaction on an empty database beside
 * the journal, so that readers can use the journal itself. The users file of the web UI is locked in the same way.
 * @param wait milliseconds to wait for another process, during which the thread is blocked
 * @throws JournalHeld if another process holds the lock
 */
export function takeLock(file: string, wait = 0): Lock {
  const db = new DatabaseSync(file, { timeout: wait });
  try {
    db.exec("BEGIN IMMEDIATE");
  } catch (error) {
    db.close();
    if (!(error instanceof Error && "errcode" in error && error.errcode === 5)) throw error;
    const holder = holderOf(file);
    throw new JournalHeld(`another process${holder === undefined ? "" : ` (${holder})`} is writing to it`);
  }
  const locked = statSync(file, { throwIfNoEntry: false })?.ino;
  return {
    isInPlace: () => statSync(file, { throwIfNoEntry: false })?.ino === locked,
    release() {
      db.close();
    },
  };
}

/** PID of the process that writes a journal, from `/proc/locks`; undefined if there is none. */
export function writerOf(journal: string): string | undefined {
  return holderOf(`${journal}.lock`);
}

/** PID of the process that holds a lock on a file, from `/proc/locks`; undefined if there is none. */
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
