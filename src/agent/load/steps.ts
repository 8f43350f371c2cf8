import type { Pause } from "../../rule/pause.ts";

/** Duration of a step, in milliseconds. */
const STEP = 2;

/**
 * Divides long work into steps of a few milliseconds.
 * @param turn does other work, such as evaluating events, and then resolves
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
