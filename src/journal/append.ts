import type { Entry } from "../alert/entry.ts";
import { faultOf } from "./fault.ts";
import { idMaker } from "./id.ts";
import type { Space } from "./space.ts";

export interface AppenderOptions {
  /** The largest existing ID. */
  readonly lastId: Uint8Array | undefined;
  /** The next sequence number. */
  readonly next: number;
  readonly space: Space;
  /** Whether an alert may use the last room. */
  readonly isRare: (entry: Entry) => boolean;
  readonly transaction: <T>(work: () => T) => T;
  readonly insert: (seq: number, id: Uint8Array, entry: Entry) => void;
}

/** Writes alerts in transactions for which there is room. */
export interface Appender {
  /** The next sequence number. */
  readonly next: number;
  /**
   * Writes alerts; throws errors of SQLite.
   * @param ids receives the ID of each alert that is on disk; undefined for an alert without room
   */
  append(entries: readonly Entry[], ids?: (Uint8Array | undefined)[]): readonly (Uint8Array | undefined)[];
  /** Continues after a recovered alert. */
  restored(seq: number, id: Uint8Array): void;
  /** Makes new alerts follow a sequence number. */
  reserve(seq: number): void;
}

/** Repetitions of a transaction that did not fit. */
const TRIES = 3;
/** Estimated bytes of an alert in addition to its texts, and bytes per character of these with their index. */
const ALERT_BYTES = 400;
const CHARACTER_BYTES = 2;

export function openAppender(options: AppenderOptions): Appender {
  const { space, isRare, transaction, insert } = options;
  let { next } = options;
  let largestId = options.lastId;
  let nextId = idMaker(largestId);

  /** Writes alerts in one transaction. */
  function appendTogether(entries: readonly Entry[]): Uint8Array[] {
    const made = transaction(() =>
      entries.map((entry, i) => {
        const id = nextId();
        insert(next + i, id, entry);
        return id;
      }),
    );
    next += entries.length;
    return made;
  }

  /** Writes alerts that fit into one transaction. @returns undefined if there is no room for them */
  function appendWithin(entries: readonly Entry[], bytes: number): Uint8Array[] | undefined {
    if (!space.admit(bytes, () => entries.every(isRare))) return undefined;
    for (let tries = 0; ; tries++) {
      try {
        const made = appendTogether(entries);
        space.committed();
        return made;
      } catch (error) {
        // The estimate was too small, or the disk is full.
        if (tries === TRIES || faultOf(error) !== "full" || !space.makeMoreRoom()) throw error;
      }
    }
  }

  return {
    get next() {
      return next;
    },
    append(entries, ids = []) {
      while (ids.length < entries.length) {
        const { end, bytes } = chunkFrom(entries, ids.length, space.chunk);
        const chunk = entries.slice(ids.length, end);
        const made = appendWithin(chunk, bytes);
        if (made !== undefined) ids.push(...made);
        else if (chunk.length === 1) ids.push(undefined);
        else for (const entry of chunk) ids.push(appendWithin([entry], bytesOf(entry))?.[0]);
      }
      return ids;
    },
    restored(seq, id) {
      next = Math.max(next, seq + 1);
      if (largestId !== undefined && Buffer.compare(id, largestId) <= 0) return;
      largestId = id;
      nextId = idMaker(id);
    },
    reserve(seq) {
      next = Math.max(next, seq + 1);
    },
  };
}

/** The end of the next alerts that fit into one transaction, and their estimated bytes. */
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

/** Estimated bytes of an alert in the database. */
function bytesOf({ message, values, names, background }: Entry): number {
  let characters = message.length + names.length * 16;
  for (const value of values) characters += value.length;
  for (const { cmdline, exepath } of background?.lineage ?? []) characters += cmdline.length + exepath.length;
  characters += background?.explained?.marks?.length ?? 0;
  return ALERT_BYTES + characters * CHARACTER_BYTES;
}
