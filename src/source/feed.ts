import type { Document } from "../event/document.ts";

/** One way by which a source's events come: a file, a socket, an address, a subject. It is open until it is closed. */
export interface Feed {
  readonly counts: FeedCounts;
  /** Ends it; what was taken and not judged yet is the sender's to bring again. */
  close(): Promise<void>;
}

/** What came by one way, and how it is; read off it when somebody asks. */
export interface FeedCounts {
  /** Where events come from, as the configuration has it; without keys and passwords. */
  readonly from: string;
  /** Events taken for judgement. */
  accepted: number;
  /** Bytes of what was received, refused parts too. */
  bytes: number;
  /** What was refused, by a reason of a word or two: `too_large`, `not_json`, … A bounded number of reasons. */
  readonly refused: Map<string, number>;
  /** When an event was taken last: milliseconds since the epoch; 0: never. */
  takenAt: number;
  /** That event's own time: nanoseconds since the epoch. */
  eventTime: bigint;
  /** What is there and was not read yet, in bytes; 0 where nobody knows. */
  behind: number;
  /** Why nothing can come now, in a sentence without its end; undefined: all is well. */
  trouble: string | undefined;
}

export function newCounts(from: string): FeedCounts {
  return {
    from,
    accepted: 0,
    bytes: 0,
    refused: new Map(),
    takenAt: 0,
    eventTime: 0n,
    behind: 0,
    trouble: undefined,
  };
}

/** Counts documents that an intake has taken. */
export function countAccepted(counts: FeedCounts, documents: readonly Document[]): void {
  const last = documents.at(-1);
  if (last === undefined) return;
  counts.accepted += documents.length;
  counts.takenAt = Date.now();
  counts.eventTime = last.time;
}

export function countRefused(counts: FeedCounts, reason: string, count = 1): void {
  counts.refused.set(reason, (counts.refused.get(reason) ?? 0) + count);
}

/** What is known of a text beside the text: when and from where it came. */
export interface Received {
  /** Nanoseconds since the epoch; of the arrival, or as a log server wrote it. */
  readonly time: bigint;
}
