import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { openTriageWriter } from "../../api/store/journal/triage.ts";
import type { NewAuditEntry } from "../../api/store/store.ts";
import { isMigrated } from "../../journal/schema.ts";

/**
 * Writes an audit entry to the journal, even while another process writes to the journal.
 * @returns whether the entry was written; false if the journal does not exist or cannot be written
 */
export function auditInJournal(file: string, entry: NewAuditEntry): boolean {
  if (!existsSync(file)) return false; // SQLite would create a file that other users can read
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      if (!isMigrated(db, file)) return false;
    } finally {
      db.close();
    }
    const writer = openTriageWriter(file);
    try {
      writer.addAuditEntry(entry);
    } finally {
      writer.close();
    }
    return true;
  } catch {
    return false;
  }
}
