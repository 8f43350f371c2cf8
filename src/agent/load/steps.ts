import type { Pause } from "../../rule/pause.ts";

/** Duration of a step, in milliseconds. */
const STEP = 2;

/** Maximum time per pause in which only events are evaluated, in milliseconds. */
const MAX_PAUSE = 30;

/**
 * Divides long work into steps of a few milliseconds.
 * @param turn does other work, such as evaluating events, and then resolves
 * @param isBehind whether events arrive faster than they are evaluated. If so, pauses are longer, up to 30 ms, so that
 * no events are dropped
 */
export function stepsOf(turn: () => Promise<void>, isBehind: () => boolean = () => false): Pause {
  let began = performance.now();
  const others = async (): Promise<void> => {
    const end = performance.now() + MAX_PAUSE;
    do await turn();
    while (isBehind() && performance.now() < end);
    began = performance.now();
  };
  return () => (performance.now() - began < STEP ? undefined : others());
}

/** Runs a generator and calls `pause` between its steps. @returns the result of the generator */
export async function inSteps<Result>(steps: Generator<void, Result>, pause: Pause | undefined): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    const waiting = pause?.();
    if (waiting !== undefined) await waiting;
  }
}
