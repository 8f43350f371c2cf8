import type { Entry } from "../alert/entry.ts";
import { faultOf } from "./fault.ts";
import { idMaker } from "./id.ts";
import type { Identities } from "./identities.ts";
import type { Space } from "./space.ts";

export interface AppenderOptions {
  /** The largest ID in the journal. */
  readonly lastId: Uint8Array | undefined;
  /** Sequence number of the next alert. */
  readonly next: number;
  readonly space: Space;
  /** Whether an alert may use the space that is reserved for rare alerts. */
  readonly isRare: (entry: Entry) => boolean;
  readonly transaction: <T>(work: () => T) => T;
  readonly insert: (seq: number, id: Uint8Array, entry: Entry) => void;
  /** Called for each new alert after `insert`, in the same transaction. */
  readonly inserted: (seq: number, entry: Entry) => void;
  readonly identities: Identities;
}

/** Writes alerts in transactions that are small enough for the available space. */
export interface Appender {
  /** Sequence number of the next alert. */
  readonly next: number;
  /** The largest ID of all alerts. */
  readonly lastId: Uint8Array | undefined;
  /**
   * Writes alerts. An alert whose identity is already stored is not written again; its ID is the ID of the stored
   * alert. Throws SQLite errors.
   * @param ids receives the ID of each alert that is on disk; undefined for an alert without space
   * @param given IDs of the alerts, if they already have IDs
   */
  append(
    entries: readonly Entry[],
    ids?: (Uint8Array | undefined)[],
    given?: readonly Uint8Array[],
  ): readonly (Uint8Array | undefined)[];
  /** Must be called after a recovered alert was inserted, so that new alerts get larger sequence numbers and IDs. */
  restored(seq: number, id: Uint8Array): void;
  /** Reserves all sequence numbers up to `seq`, so that new alerts get larger numbers. */
  reserve(seq: number): void;
}

/** Maximum number of retries of a transaction that does not fit into the available space. */
const TRIES = 3;
/** Estimated size of an alert without its strings, in bytes. */
const ALERT_BYTES = 400;
/** Estimated size of a character in the strings of an alert, including the full-text index, in bytes. */
const CHARACTER_BYTES = 2;

export function openAppender(options: AppenderOptions): Appender {
  const { space, isRare, transaction, insert, inserted, identities } = options;
  let { next } = options;
  let largestId = options.lastId;
  let nextId = idMaker(largestId);

  /** Makes the IDs of new alerts larger than `id`. */
  function follow(id: Uint8Array): void {
    if (largestId !== undefined && Buffer.compare(id, largestId) <= 0) return;
    largestId = id;
    nextId = idMaker(id);
  }

  /** Writes alerts in one transaction. */
  function appendTogether(entries: readonly Entry[], given: readonly Uint8Array[] | undefined): Uint8Array[] {
    let seq = next;
    let newest: Uint8Array | undefined;
    const made = transaction(() =>
      entries.map((entry, i) => {
        const before = entry.identity === undefined ? undefined : identities.idOf(entry.identity);
        if (before !== undefined) return before;
        const id = given?.[i] ?? nextId();
        insert(seq, id, entry);
        inserted(seq, entry);
        if (entry.identity !== undefined) identities.add(seq, entry.identity, id);
        newest = id;
        seq++;
        return id;
      }),
    );
    next = seq;
    if (given === undefined) largestId = newest ?? largestId;
    else if (newest !== undefined) follow(newest);
    return made;
  }

  /**
   * Writes alerts in one transaction, after making space for it.
   * @returns undefined if there is no space for the alerts
   */
  function appendWithin(
    entries: readonly Entry[],
    bytes: number,
    given: readonly Uint8Array[] | undefined,
  ): Uint8Array[] | undefined {
    if (!space.admit(bytes, () => entries.every(isRare))) return undefined;
    for (let tries = 0; ; tries++) {
      try {
        return appendTogether(entries, given);
      } catch (error) {
        // The estimate was too low, or the disk is full.
        if (tries === TRIES || faultOf(error) !== "full" || !space.makeMoreRoom()) throw error;
      }
    }
  }

  return {
    get next() {
      return next;
    },
    get lastId() {
      return largestId;
    },
    append(entries, ids = [], given) {
      while (ids.length < entries.length) {
        const from = ids.length;
        const { end, bytes } = chunkFrom(entries, from, space.chunk);
        const chunk = entries.slice(from, end);
        const made = appendWithin(chunk, bytes, given?.slice(from, end));
        if (made !== undefined) ids.push(...made);
        else if (chunk.length === 1) ids.push(undefined);
        else
          for (const [i, entry] of chunk.entries())
            ids.push(appendWithin([entry], bytesOf(entry), given?.slice(from + i, from + i + 1))?.[0]);
        space.committed(); // can fail on a full disk, but the alerts are stored
      }
      return ids;
    },
    restored(seq, id) {
      next = Math.max(next, seq + 1);
      follow(id);
    },
    reserve(seq) {
      next = Math.max(next, seq + 1);
    },
  };
}

/** Determines which alerts from index `from` on fit into one transaction, and their estimated size in bytes. */
function chunkFrom(entries: readonly Entry[], from: number, most: number): { end: number; bytes: number } {
  let end = from;
  let bytes = 0;
  for (; end < entries.length; end++) {
    const entry = entries[end];
    const own = entry === undefined ? 0 : bytesOf(entry);
    if (end > from && bytes + own > most) break;
    bytes += own;
  }
  return { end, bytes };
}

/** Estimated size of an alert in the database, in bytes. */
export function bytesOf({ message, values, names, background, identity }: Entry): number {
  let characters = message.length + names.length * 16 + (identity?.length ?? 0);
  for (const value of values) characters += value.length;
  for (const { cmdline, exepath } of background?.lineage ?? []) characters += cmdline.length + exepath.length;
  characters += background?.explained?.marks?.length ?? 0;
  return ALERT_BYTES + characters * CHARACTER_BYTES;
}
