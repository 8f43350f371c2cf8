import type { Document } from "../event/document.ts";

/**
 * How long a document waits for the process of its flow, in milliseconds. A connecting system call is reported when it
 * returns, which may be some time after the first packet of the flow.
 */
const HOLD = 250;

/**
 * Returns how long a current document is held (see `InboxLimits.hold`): until its process is known, up to a limit.
 * Documents with other times are not held.
 * @param isKnown whether the process of a document's flow is known
 * @param now returns the current time, milliseconds since the epoch
 */
export function holdUntilKnown(
  isKnown: (document: Document["value"]) => boolean,
  now: () => number = Date.now,
): (document: Document) => number {
  return ({ time, value }) => {
    const rest = Number(time / 1_000_000n) + HOLD - now();
    return rest > 0 && rest <= HOLD && !isKnown(value) ? rest : 0;
  };
}
