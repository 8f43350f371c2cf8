import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";

/** Maximum size of a body that is parsed without waiting, in bytes. */
const SMALL = 32_768;
/**
 * Pause after a large body, in which other requests are handled: as a fraction of the processing time of the body, and
 * its maximum in milliseconds.
 */
const REST = 0.25;
const LONGEST_REST = 100;
/** Processing time of a body, in milliseconds, up to which no pause follows. */
const SHORT = 5;

/**
 * Waits for the turn of a body to be parsed and evaluated.
 * @param bytes size of the body
 */
export type WaitForTurn = (bytes: number) => Promise<void> | undefined;

/**
 * Lets large bodies take turns. A body is parsed without interruption, and many bodies can arrive at the same time.
 * Between two large bodies, other requests are handled, such as requests for `/healthz` and requests with small bodies.
 */
export function takeTurns(): WaitForTurn {
  let last: Promise<void> = Promise.resolve();
  return (bytes) => {
    if (bytes <= SMALL) return undefined;
    const mine = last;
    last = mine.then(rest);
    return mine;
  };
}

/**
 * Waits until the current work pauses and pending events were handled, and then for a time in proportion to the
 * duration of the work.
 */
async function rest(): Promise<void> {
  const began = performance.now();
  await turn();
  const elapsed = performance.now() - began;
  await turn(); // events that arrived during the work are handled between two turns
  if (elapsed > SHORT) await delay(Math.min(elapsed * REST, LONGEST_REST));
}

/** The turns of all listeners of this thread. */
export const sharedTurns: WaitForTurn = takeTurns();
