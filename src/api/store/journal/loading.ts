import type { Blocks } from "./blocks.ts";

/** Milliseconds between two checks for loaded columns. */
const PAUSE = 10;

/** Waits until all alerts from a sequence number on are loaded; for a million alerts, a few seconds once. */
export async function loaded(blocks: Blocks, from: number): Promise<void> {
  while (!blocks.complete && blocks.from > from + 1) await pause();
}

export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}
