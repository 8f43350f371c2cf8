import type { Document } from "../event/document.ts";

/**
 * Maximum time that a document waits until the process of its flow is known, in milliseconds. connect(2) is reported
 * when it returns, which may be some time after the first packet of the flow.
 */
const HOLD = 250;

/**
 * Returns a function for `InboxLimits.hold`. It holds a document until the process of its flow is known, but at most
 * for {@link HOLD} milliseconds after the time of the document. Documents with a time in the future are not held.
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
