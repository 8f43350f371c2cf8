import type { JournalAlert } from "../alert/entry.ts";
import type { OutputRecord } from "./output-status.ts";
import { type AlertPage, openReader, type Reader } from "./read.ts";

/** Maximum characters of values per read; a few megabytes of memory. */
const MAX_VALUES = 1_000_000;

/**
 * Reads a journal from a position while it is written; used by the dispatcher and the responder. Methods throw while
 * the journal cannot be read, and recover afterwards.
 */
export interface JournalFollower {
  /** The alerts after a position: at most `limit`, fewer if they are long. */
  read(after: number, limit: number): JournalAlert[];
  /** {@link read} with the position that was reached, and the damaged alerts that were skipped. */
  page(after: number, limit: number): AlertPage;
  /** The positions of the newest and the oldest alert; 0 if there is none. */
  last(): number;
  first(): number;
  /** The stored position of a reader; 0 if there is none. */
  position(name: string): number;
  /** The stored positions of all outputs. */
  outputs(): OutputRecord[];
  /** Opens the file again at the next call, after the journal was replaced. */
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
