import type { Document } from "../event/document.ts";

/**
 * Milliseconds that a document waits for the process of its flow: a system call that connects is reported when it returns, which
 * may be a while after its first packet.
 */
const HOLD = 250;

/**
 * How long a document of just now is held (see `InboxLimits.hold`): until its process is known, up to a limit. Documents of the
 * past or the future are not held.
 * @param isKnown whether everything about a document is known
 * @param now milliseconds since the epoch
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
