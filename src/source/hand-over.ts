import { setTimeout as wait } from "node:timers/promises";
import type { Document } from "../event/document.ts";
import type { Decode } from "./decode.ts";
import { countAccepted, countRefused, type FeedCounts, type Received } from "./feed.ts";
import type { Intake } from "./inbox.ts";

/** Milliseconds before an offer is made again: at first, and at most. */
const SOON = 2;
const LATER = 100;

/** Documents of one feed on their way to judgement: read from texts, and offered until there is room for them. */
export interface HandOver {
  /** Reads a text; what is refused is counted. */
  read(text: Uint8Array, received: Received): void;
  /** Documents that were read and not offered yet. */
  readonly ready: number;
  /**
   * Offers all that was read, time and again until it is taken.
   * @returns when it was taken: the promise within settles when it was judged. Undefined where `signal` came first.
   */
  offer(signal: AbortSignal): Promise<{ readonly judged: Promise<void> } | undefined>;
}

export function openHandOver(intake: Intake, decode: Decode, counts: FeedCounts): HandOver {
  let batch: Document[] = [];
  return {
    get ready() {
      return batch.length;
    },
    read(text, received) {
      const { documents, refused } = decode(text, received);
      for (const document of documents) batch.push(document);
      for (const { reason } of refused) countRefused(counts, reason);
    },
    async offer(signal) {
      const documents = batch;
      batch = [];
      for (let pause = SOON; !signal.aborted; pause = Math.min(2 * pause, LATER)) {
        const judged = intake.offer(documents);
        if (judged !== undefined) {
          countAccepted(counts, documents);
          return { judged };
        }
        await wait(pause, undefined, { signal }).catch(() => {});
      }
      return undefined;
    },
  };
}
