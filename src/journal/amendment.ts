import { DatabaseSync } from "node:sqlite";
import { isMigrated } from "./schema.ts";

/** Small changes to a journal, which can be made while another process writes alerts. */
export interface Amendment {
  /** Deletes dead letters of an output. */
  removeDeadLetters(output: string, seqs: readonly number[]): void;
  /**
   * Sets the position of an output. Has no lasting effect while a dispatcher runs, because the dispatcher stores its
   * own position.
   */
  setPosition(name: string, seq: number): void;
  close(): void;
}

/**
 * Opens a journal for small changes.
 * @throws SQLite errors, ForeignJournal
 */
export function amend(file: string): Amendment {
  const db = new DatabaseSync(file, { timeout: 5000 });
  try {
    isMigrated(db, file);
    const drop = db.prepare("DELETE FROM dead WHERE output = ? AND seq = ?");
    const move = db.prepare("UPDATE position SET seq = ?, updated = ? WHERE name = ?");
    return {
      removeDeadLetters(output, seqs) {
        db.exec("BEGIN IMMEDIATE");
        for (const seq of seqs) drop.run(output, seq);
        db.exec("COMMIT");
      },
      setPosition(name, seq) {
        move.run(seq, Date.now(), name);
      },
      close: () => db.close(),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
