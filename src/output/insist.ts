import { setTimeout as sleep } from "node:timers/promises";
import type { Alert } from "../alert/alert.ts";
import type { Output, Refusal } from "./output.ts";

/** What an output took in the end. */
export interface Outcome {
  readonly refused: readonly Refusal[];
  /** What it had not taken when there was no time left. */
  readonly left: readonly Alert[];
  /** Why, where something was not taken at once. */
  readonly reason: string | undefined;
}

/** Milliseconds before the first repetition; each further one waits twice as long as the one before, up to the longest. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 30_000;

/**
 * Hands over a batch until the output has taken or refused all of it. Repetitions wait longer and longer, never at the same
 * moments as those of other senders, and at least as long as the receiver asks.
 * @param pause waits so many milliseconds, or less where there is no more time; false ends it
 * @param troubled told of each answer that asks for a repetition, and whether it lasts until an administrator mends it
 */
export async function insist(
  output: Output,
  batch: readonly Alert[],
  pause: (milliseconds: number) => Promise<boolean>,
  troubled: (reason: string, mend: boolean) => void = () => {},
): Promise<Outcome> {
  const refused: Refusal[] = [];
  let left = batch;
  let reason: string | undefined;
  for (let attempt = 0; ; attempt++) {
    const delivery = await output.deliver(left);
    if (delivery.outcome === "delivered") return { refused, left: [], reason };
    reason = delivery.reason;
    if (delivery.outcome === "refused") {
      refused.push(...left.map((alert) => ({ alert, reason: delivery.reason })));
      return { refused, left: [], reason };
    }
    if (delivery.outcome === "partly") {
      refused.push(...delivery.refused);
      if (delivery.retry.length < left.length) attempt = 0; // it moves
      left = delivery.retry;
      if (left.length === 0) return { refused, left, reason };
    }
    troubled(reason, delivery.mend === true);
    const backoff = Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_WAIT) * (0.5 + Math.random() / 2);
    if (!(await pause(Math.max(backoff, delivery.wait ?? 0)))) return { refused, left, reason };
  }
}

/** A way to wait that ends so many milliseconds from now. */
export function within(milliseconds: number): (wait: number) => Promise<boolean> {
  const end = Date.now() + milliseconds;
  return async (wait) => {
    await sleep(Math.min(wait, Math.max(end - Date.now(), 0)));
    return Date.now() < end;
  };
}
