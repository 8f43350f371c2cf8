import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";

/** Size of a body, in bytes, up to which it is parsed at once. */
const SMALL = 32_768;
/** Share of the time of a large body that other requests get before the next large body, and its limit in milliseconds. */
const REST = 0.25;
const LONGEST_REST = 100;
/** Time of a body, in milliseconds, after which other requests need no additional time. */
const SHORT = 5;

/**
 * Waits for the turn of a body to be parsed and evaluated.
 * @param bytes size of the body
 */
export type WaitForTurn = (bytes: number) => Promise<void> | undefined;

/**
 * Lets large bodies take turns. Values of a body are parsed without a pause, and bodies of many requests can arrive at
 * the same time, so between two of them there is time for other requests, such as small ones and `/healthz`.
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

/** Waits until the work that has just begun pauses and events were handled, and longer in proportion to its duration. */
async function rest(): Promise<void> {
  const began = performance.now();
  await turn();
  const elapsed = performance.now() - began;
  await turn(); // events that arrived during the work are handled between two turns
  if (elapsed > SHORT) await delay(Math.min(elapsed * REST, LONGEST_REST));
}

/** The turns of all listeners of this thread. */
export const sharedTurns: WaitForTurn = takeTurns();
