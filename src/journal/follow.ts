import type { JournalAlert } from "../alert/entry.ts";
import type { OutputRecord } from "./output-status.ts";
import { openReader, type Reader } from "./read.ts";

/** Values of alerts that one call reads, in characters: a few megabytes of memory. */
const MAX_VALUES = 1_000_000;

/**
 * Reads a journal on from a position while it is written, for dispatcher and responder. Everything throws while the journal
 * cannot be read, and works again once it can.
 */
export interface JournalFollower {
  /** The alerts after a position, at most `limit`; fewer where they are long. */
  read(after: number, limit: number): JournalAlert[];
  /** The position of the newest alert, and of the oldest; 0 where there is none. */
  last(): number;
  first(): number;
  /** The stored position of a reader; 0 where it has none. */
  position(name: string): number;
  /** The stored positions of all outputs. */
  outputs(): OutputRecord[];
  /** Opens the file again with the next call: it was replaced by another one. */
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
    last: () => attempt((one) => one.last()),
    first: () => attempt((one) => one.first()),
    position: (name) => attempt((one) => one.position(name)),
    outputs: () => attempt((one) => one.outputs()),
    reopen: close,
    close,
  };
}
