import type { AlertOptions } from "../../alert/alert.ts";
import type { JournalAlert } from "../../alert/entry.ts";
import { restoredAlert } from "../../alert/restored.ts";
import { followJournal } from "../../journal/follow.ts";
import type { OutputRecord } from "../../journal/output-status.ts";
import type { AlertSource, StoredAlert } from "./alert-source.ts";

/** Reads alerts from the journal. Methods that read, except `last`, throw while the journal cannot be read. */
export interface JournalSource extends AlertSource {
  first(): number;
  /** Stored positions of outputs. */
  outputs(): OutputRecord[];
  /** Changes how alerts are formatted. */
  format(options: Omit<AlertOptions, "hostname">): void;
  /** Reopens the file after it was replaced. */
  reopen(): void;
  close(): void;
}

export function journalSource(file: string, first: Omit<AlertOptions, "hostname">): JournalSource {
  const journal = followJournal(file);
  let options = first;
  let last = 0;
  const restored = (stored: JournalAlert): StoredAlert => ({ ...restoredAlert(stored, options), seq: stored.seq });
  return {
    read: (after, limit) => journal.read(after, limit).map(restored),
    page(after, limit) {
      const { alerts, ...rest } = journal.page(after, limit);
      return { alerts: alerts.map(restored), ...rest };
    },
    last() {
      try {
        last = journal.last();
      } catch {
        // the last known value is sufficient for counts; `read` reports the error
      }
      return last;
    },
    first: journal.first,
    outputs: journal.outputs,
    format(next) {
      options = next;
    },
    reopen: journal.reopen,
    close: journal.close,
  };
}
