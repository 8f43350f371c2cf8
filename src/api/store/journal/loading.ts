import type { Blocks } from "./blocks.ts";

/** Milliseconds between two checks of whether columns are loaded. */
const PAUSE = 10;

/** Waits until all alerts from a number on are loaded: a few seconds for a million, once. */
export async function loaded(blocks: Blocks, from: number): Promise<void> {
  while (!blocks.complete && blocks.from > from + 1) await pause();
}

export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}
