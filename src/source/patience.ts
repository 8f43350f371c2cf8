import type { Document } from "../event/document.ts";

/**
 * Milliseconds that it is waited for a flow's process to show: a call that connects is told of when it returns, which
 * may be a while after its first packet was seen.
 */
const PATIENCE = 250;

/**
 * How long a document that just happened had better wait (see `InboxLimits.hold`): until its process is known, and not
 * for long. What happened a while ago, or is said to happen yet, doesn't wait.
 * @param isKnown whether nothing more has to be known of a document
 * @param now milliseconds since the epoch
 */
export function untilKnown(
  isKnown: (document: Document["value"]) => boolean,
  now: () => number = Date.now,
): (document: Document) => number {
  return ({ time, value }) => {
    const rest = Number(time / 1_000_000n) + PATIENCE - now();
    return rest > 0 && rest <= PATIENCE && !isKnown(value) ? rest : 0;
  };
}
