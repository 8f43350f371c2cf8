import { setTimeout as wait } from "node:timers/promises";
import type { FeedCounts } from "./feed.ts";

/** Initial and maximum delay before a reconnect, in milliseconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;

/** Options of one connection to a broker. */
export interface Session {
  /** Must be called when the connection is ready to receive messages. Clears the error and resets the backoff. */
  readonly up: () => void;
  readonly signal: AbortSignal;
}

/**
 * Runs consecutive sessions until `signal` is aborted, with backoff and jitter after failures. Between sessions,
 * `counts.trouble` is the cause of the failure.
 */
export async function keepConnected(
  counts: FeedCounts,
  signal: AbortSignal,
  run: (session: Session) => Promise<void>,
): Promise<void> {
  let pause = FIRST_PAUSE;
  const up = (): void => {
    counts.trouble = undefined;
    pause = FIRST_PAUSE;
  };
  while (!signal.aborted) {
    let trouble = "the connection was closed";
    try {
      await run({ up, signal });
    } catch (error) {
      trouble = oneLine(error) || trouble;
    }
    if (signal.aborted) return;
    counts.trouble = trouble;
    await wait(pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}

/** Maximum length of an error message from a broker, in characters. */
const MAX_LENGTH = 300;

/** Reduces an error message to one line, since brokers may send any text. */
function oneLine(error: unknown): string {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const text = first instanceof Error ? first.message : String(first);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: answers of servers may have any
  return text.replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, " ").slice(0, MAX_LENGTH);
}
