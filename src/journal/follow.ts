import type { JournalAlert } from "../alert/entry.ts";
import type { OutputRecord } from "./output-status.ts";
import { type AlertPage, openReader, type Reader } from "./read.ts";

/** Number of characters of messages and values at which a read ends. A read of this size needs a few megabytes of memory. */
const MAX_CHARACTERS = 2_000_000;

/**
 * Reads alerts from a position while another thread or process writes the journal. Used by the dispatcher and the
 * responder. Methods throw while the journal cannot be read; each call then tries to open the journal again.
 */
export interface JournalFollower {
  /** The alerts after a position: at most `limit`, fewer if the alerts are long. */
  read(after: number, limit: number): JournalAlert[];
  /**
   * Like {@link read}, but also returns the position up to which the journal was read, and the skipped damaged alerts.
   * Never skips an alert that may still be recovered from a damaged file: throws {@link Unrecovered} if it is the next
   * alert.
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

/** Error while the next alert may still be recovered from a damaged file. */
export class Unrecovered extends Error {}

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
    read: (after, limit) => attempt((one) => one.read(after, limit, MAX_CHARACTERS)),
    page(after, limit) {
      const [until, page] = attempt((one) => {
        const before = one.unrecovered(); // read first, since a recovery can end during the read of the alerts
        return [before, one.page(after, limit, MAX_CHARACTERS)];
      });
      return withoutGaps(page, after, until);
    },
    last: () => attempt((one) => one.last()),
    first: () => attempt((one) => one.first()),
    position: (name) => attempt((one) => one.position(name)),
    outputs: () => attempt((one) => one.outputs()),
    reopen: close,
    close,
  };
}

/**
 * Ends a page at the first missing alert that may still be recovered.
 * @param until sequence number up to which alerts may still be recovered
 */
function withoutGaps(page: AlertPage, after: number, until: number): AlertPage {
  if (after >= until) return page;
  let length = 0;
  let reached = after;
  while (reached < until && page.alerts[length]?.seq === reached + 1) {
    length++;
    reached++;
  }
  if (reached >= until) return page;
  if (length === 0) throw new Unrecovered("the recovery of alerts from a damaged journal file has not ended");
  return { alerts: page.alerts.slice(0, length), reached, damaged: [], isLast: false };
}
