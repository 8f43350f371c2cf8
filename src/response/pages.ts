import { openReader, type Reader } from "../journal/read.ts";
import type { AlertPages } from "./responder.ts";

/** Characters of fields' values that are read at once: some megabytes of memory. */
const MOST = 1_000_000;

/** The journal as responses read it. */
export interface JournalPages extends AlertPages {
  /** The file is another one now. */
  turn(): void;
}

export function openJournalPages(file: string): JournalPages {
  let reader: Reader | undefined;

  function attempt<T>(work: (reader: Reader) => T): T {
    reader ??= openReader(file);
    if (reader === undefined) throw new Error(`there is no journal at ${file}`);
    try {
      return work(reader);
    } catch (error) {
      turn();
      throw error;
    }
  }

  function turn(): void {
    reader?.close();
    reader = undefined;
  }

  return {
    read: (after, limit) => attempt((one) => one.read(after, limit, MOST)),
    last: () => attempt((one) => one.last()),
    position: (name) => attempt((one) => one.position(name)),
    turn,
  };
}
