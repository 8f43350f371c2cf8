import { ApiError } from "../../api-error.ts";
import type { Blocks } from "./blocks.ts";

/** Milliseconds between checks of whether columns are loaded. */
const PAUSE = 10;

/**
 * Waits until all alerts after a sequence number are loaded. Initially, loading a million alerts takes a few seconds.
 * @throws ApiError if loading stops because the journal is replaced
 */
export async function loaded(blocks: Blocks, from: number): Promise<void> {
  while (!blocks.isClosed && !blocks.complete && blocks.from > from + 1) await pause();
  if (blocks.isClosed) throw new ApiError(503, "journal", "The journal was replaced during the request.");
}

export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}
