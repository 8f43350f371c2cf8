import type { Document } from "../event/document.ts";

/** An open origin of a source: a file, a socket, an address, a subject. */
export interface Feed {
  readonly counts: FeedCounts;
  /** Closes it. Senders have to repeat events that are not evaluated by then. */
  close(): Promise<void>;
}

/** Counters and state of one feed, for metrics and status. */
export interface FeedCounts {
  /** The origin as in the configuration, without keys and passwords. */
  readonly from: string;
  /** Accepted events. */
  accepted: number;
  /** Received bytes, including those of rejected events. */
  bytes: number;
  /** Rejected events by reason: `too_large`, `not_json`, … The number of reasons is bounded. */
  readonly refused: Map<string, number>;
  /** When the last event was accepted: milliseconds since the epoch; 0: never. */
  takenAt: number;
  /** The time of that event: nanoseconds since the epoch. */
  eventTime: bigint;
  /** Bytes that are available and not read yet; 0 if unknown. */
  behind: number;
  /** Why no events can be received now, in a sentence without its end; undefined: they can. */
  trouble: string | undefined;
}

export async function closeAll(feeds: readonly Feed[]): Promise<void> {
  await Promise.all(feeds.map((feed) => feed.close()));
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

/** Counts documents that an intake has accepted. */
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

/** Metadata of a received text. */
export interface Received {
  /** Nanoseconds since the epoch: of the arrival, or as a log server wrote it. */
  readonly time: bigint;
}
