/** Maximum delay of a Node.js timer, in milliseconds: 24.8 days. A timer with a longer delay expires immediately. */
const LONGEST = 2 ** 31 - 1;

/** Returns a configured delay, limited to the maximum that a timer supports, in milliseconds. */
export function timerDelay(milliseconds: number): number {
  return Math.min(milliseconds, LONGEST);
}
