import { setTimeout as wait } from "node:timers/promises";
import type { FeedCounts } from "./feed.ts";

/** Milliseconds before the first try to connect again, and before each at most. */
const SOON = 250;
const LATER = 10_000;

export interface Session {
  /** To be called when messages can come. */
  readonly up: () => void;
  readonly signal: AbortSignal;
}

/**
 * Keeps a connection up until `signal`: runs sessions, one after the other, each until it fails. Why nothing can come stands in
 * the counts meanwhile.
 */
export async function persist(
  counts: FeedCounts,
  signal: AbortSignal,
  session: (around: Session) => Promise<void>,
): Promise<void> {
  let pause = SOON;
  const up = (): void => {
    counts.trouble = undefined;
    pause = SOON;
  };
  while (!signal.aborted) {
    let trouble = "the connection was closed";
    try {
      await session({ up, signal });
    } catch (error) {
      trouble = oneLine(error) || trouble;
    }
    if (signal.aborted) return;
    counts.trouble = trouble;
    await wait(pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    pause = Math.min(2 * pause, LATER);
  }
}

const MOST = 300;

/** What failed, in one line: brokers may say anything. */
function oneLine(error: unknown): string {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  const text = first instanceof Error ? first.message : String(first);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what servers answer may hold anything
  return text.replace(/[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g, " ").slice(0, MOST);
}
