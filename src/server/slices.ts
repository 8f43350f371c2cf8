import { setImmediate as turn } from "node:timers/promises";

/** Duration of work before other events are handled, in milliseconds. */
const SLICE = 5;

/** Runs the steps of long work, and handles events and other requests in between. */
export async function inSlices<T>(steps: Generator<void, T>): Promise<T> {
  for (let began = performance.now(); ; ) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - began < SLICE) continue;
    await turn();
    began = performance.now();
  }
}

/** Runs the steps without a pause. */
export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
