import type { JournalAlert } from "../alert/entry.ts";
import type { OutputRecord } from "./output-status.ts";
import { type AlertPage, openReader, type Reader } from "./read.ts";

/** Number of characters of values at which a read ends. A read of this size needs a few megabytes of memory. */
const MAX_VALUES = 1_000_000;

/**
 * Reads alerts from a position while another thread or process writes the journal. Used by the dispatcher and the
 * responder. Methods throw while the journal cannot be read; the next call opens it again.
 */
export interface JournalFollower {
  /** The alerts after a position: at most `limit`, fewer if the alerts are long. */
  read(after: number, limit: number): JournalAlert[];
  /**
   * Like {@link read}, but also returns the position up to which the journal was read, and the skipped damaged alerts.
   */
  page(after: number, limit: number): AlertPage;
  /** The position of the newest alert; 0 if there is none. */
  last(): number;
  /** The position of the oldest alert; 0 if there is none. */
  first(): number;
  /** The stored position of a reader; 0 if none is stored. */
  position(name: string): number;
  /** The stored positions and status of all outputs. */
  outputs(): OutputRecord[];
  /** Opens the file again on the next call. Call after the journal was replaced. */
  reopen(): void;
  close(): void;
}

export function followJournal(file: string): JournalFollower {
  let reader: Reader | undefined;

  function attempt<T>(work: (reader: Reader) => T): T {
    reader ??= openReader(file);
    if (reader === undefined) throw new Error(`there is no journal at ${file}`);
    try {
      return work(reader);
    } catch (error) {
      close();
      throw error;
    }
  }

  function close(): void {
    reader?.close();
    reader = undefined;
  }

  return {
    read: (after, limit) => attempt((one) => one.read(after, limit, MAX_VALUES)),
    page: (after, limit) => attempt((one) => one.page(after, limit, MAX_VALUES)),
    last: () => attempt((one) => one.last()),
    first: () => attempt((one) => one.first()),
    position: (name) => attempt((one) => one.position(name)),
    outputs: () => attempt((one) => one.outputs()),
    reopen: close,
    close,
  };
}
