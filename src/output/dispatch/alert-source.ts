import type { Alert, AlertOptions } from "../../alert/alert.ts";
import { restoredAlert } from "../../alert/restored.ts";
import { followJournal } from "../../journal/follow.ts";
import type { OutputRecord } from "../../journal/output-status.ts";

/** An alert of the journal and its position there. */
export interface StoredAlert extends Alert {
  readonly id: string;
  readonly seq: number;
}

/** An alert that is in memory only, since no journal has it. It comes after the stored ones up to `after`. */
export interface BufferedAlert {
  readonly alert: Alert;
  readonly after: number;
}

/** Where output queues read stored alerts. */
export interface AlertSource {
  /** The alerts after a position, at most `limit`. */
  read(after: number, limit: number): StoredAlert[];
  /** The position of the newest alert. */
  last(): number;
}

/** Without a journal all alerts are in memory. */
export const noJournal: AlertSource = { read: () => [], last: () => 0 };

/** The journal as a source of alerts. Everything but `last` throws while the journal cannot be read. */
export interface JournalSource extends AlertSource {
  first(): number;
  /** The stored positions of outputs. */
  outputs(): OutputRecord[];
  /** Formats alerts with these options from now on. */
  format(options: Omit<AlertOptions, "hostname">): void;
  /** The file was replaced by another one. */
  reopen(): void;
  close(): void;
}

export function journalSource(file: string, first: Omit<AlertOptions, "hostname">): JournalSource {
  const journal = followJournal(file);
  let options = first;
  let last = 0;
  return {
    read: (after, limit) =>
      journal.read(after, limit).map((stored): StoredAlert => ({ ...restoredAlert(stored, options), seq: stored.seq })),
    last() {
      try {
        last = journal.last();
      } catch {
        // The last value known is close enough for counting; `read` reports the error.
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
