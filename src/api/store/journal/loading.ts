import type { Blocks } from "./blocks.ts";

/** Milliseconds between checks of whether columns are loaded. */
const PAUSE = 10;

/**
 * Waits until all alerts after a sequence number are loaded. The first time, loading a million alerts takes a few
 * seconds.
 */
export async function loaded(blocks: Blocks, from: number): Promise<void> {
  while (!blocks.complete && blocks.from > from + 1) await pause();
}

export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}
