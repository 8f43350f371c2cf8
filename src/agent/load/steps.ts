import type { Pause } from "../../rule/pause.ts";

/** Milliseconds per step. */
const STEP = 2;

/**
 * Divides long work into steps of a few milliseconds.
 * @param turn resolves after other work, such as the evaluation of events
 */
export function stepsOf(turn: () => Promise<void>): Pause {
  let began = performance.now();
  return () => {
    if (performance.now() - began < STEP) return undefined;
    return turn().then(() => {
      began = performance.now();
    });
  };
}
