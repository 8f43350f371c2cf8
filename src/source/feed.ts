import type { Document } from "../event/document.ts";

/** An open origin of a source, such as a followed file, a socket, an HTTP listener or a NATS subject. */
export interface Feed {
  readonly counts: FeedCounts;
  /** Closes the feed. Events that are not evaluated by then are not acknowledged, so senders must resend them. */
  close(): Promise<void>;
}

/** Counters and state of one feed, for metrics and status. */
export interface FeedCounts {
  /** Origin as in the configuration. It contains no secrets. */
  readonly from: string;
  /** Number of accepted events. */
  accepted: number;
  /** Number of received bytes, including bytes of rejected events. */
  bytes: number;
  /**
   * Number of rejections by reason, such as `too_large` for an event or `connection` for a connection. The number of
   * reasons is bounded.
   */
  readonly refused: Map<string, number>;
  /** Time at which the last event was accepted, milliseconds since the epoch; 0 if there was none. */
  takenAt: number;
  /** Time of the last accepted event, nanoseconds since the epoch. */
  eventTime: bigint;
  /** Number of bytes that are available but not read yet; 0 if unknown. */
  behind: number;
  /** Reason why the feed cannot currently receive events, without a period; undefined if it can. */
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

/** Updates the counters for documents that an intake has accepted. */
export function countAccepted(counts: FeedCounts, documents: readonly Document[]): void {
  const last = documents.at(-1);
  if (last === undefined) return;
  counts.accepted += documents.length;
  counts.takenAt = Date.now();
  counts.eventTime = last.time;
}

export function countRejected(counts: FeedCounts, reason: string, count = 1): void {
  counts.refused.set(reason, (counts.refused.get(reason) ?? 0) + count);
}

/** Metadata of a received message. */
export interface Received {
  /** Time of arrival at the agent, or the time that a log server recorded; nanoseconds since the epoch. */
  readonly time: bigint;
}
