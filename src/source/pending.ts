import { setTimeout as wait } from "node:timers/promises";
import type { Document } from "../event/document.ts";
import type { Decode } from "./decode.ts";
import { countAccepted, countRejected, type FeedCounts, type Received } from "./feed.ts";
import type { Intake } from "./inbox.ts";
import type { Reader } from "./reader.ts";

/** Initial and maximum delay before a rejected submission is retried, in milliseconds. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 100;

/** Decoded documents of one feed that are not submitted to the inbox yet. */
export interface PendingDocuments {
  /** Decodes a message and counts rejected events. */
  decode(text: Uint8Array, received: Received): void;
  /**
   * Decodes the beginning of a message that is too long, if the source supports it, and counts the message as rejected.
   */
  tooLong(beginning: Uint8Array, received: Received): void;
  readonly length: number;
  /**
   * Submits all documents, and retries until the inbox has space.
   * @returns `evaluated`, which resolves when the documents are evaluated; undefined if `signal` was aborted first
   */
  submit(signal: AbortSignal): Promise<{ readonly evaluated: Promise<void> } | undefined>;
}

export function openPending(
  intake: Intake,
  decode: Decode,
  counts: FeedCounts,
  beginning?: Reader["beginning"],
): PendingDocuments {
  let pending: Document[] = [];
  return {
    get length() {
      return pending.length;
    },
    decode(text, received) {
      const { documents, refused } = decode(text, received);
      for (const document of documents) pending.push(document);
      for (const { reason } of refused) countRejected(counts, reason);
    },
    tooLong(text, received) {
      countRejected(counts, "too_large");
      if (beginning !== undefined) pending.push(beginning(text, received));
    },
    async submit(signal) {
      const documents = pending;
      pending = [];
      for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
        const evaluated = intake.offer(documents);
        if (evaluated !== undefined) {
          countAccepted(counts, documents);
          return { evaluated };
        }
        await wait(pause, undefined, { signal }).catch(() => {});
      }
      return undefined;
    },
  };
}
