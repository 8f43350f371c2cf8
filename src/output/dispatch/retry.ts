import type { Alert } from "../../alert/alert.ts";
import type { Output, Rejection } from "../output.ts";

/** The outcome of a batch. */
export interface Outcome {
  readonly rejected: readonly Rejection[];
  /** Alerts that were not accepted before retries ended. */
  readonly left: readonly Alert[];
  /** The last reason of the output, if it did not accept everything at once. */
  readonly reason: string | undefined;
}

/** Milliseconds before the first retry; doubled for each further one, up to the maximum. */
const FIRST_BACKOFF = 250;
const MAX_BACKOFF = 30_000;

/**
 * Delivers a batch and retries until the output has accepted or rejected all of it. Backoff is exponential with jitter, and
 * at least as long as the receiver requests.
 * @param wait waits the milliseconds of a backoff; false ends retries
 * @param failing called before each retry; `needsFix`: the failure lasts until an administrator fixes it
 */
export async function deliverWithRetries(
  output: Output,
  batch: readonly Alert[],
  wait: (milliseconds: number) => Promise<boolean>,
  failing: (reason: string, needsFix: boolean) => void = () => {},
): Promise<Outcome> {
  const rejected: Rejection[] = [];
  let left = batch;
  let reason: string | undefined;
  for (let attempt = 0; ; attempt++) {
    const delivery = await output.deliver(left);
    if (delivery.outcome === "delivered") return { rejected, left: [], reason };
    reason = delivery.reason;
    if (delivery.outcome === "rejected") {
      rejected.push(...left.map((alert) => ({ alert, reason: delivery.reason })));
      return { rejected, left: [], reason };
    }
    if (delivery.outcome === "partly") {
      rejected.push(...delivery.rejected);
      if (delivery.retry.length < left.length) attempt = 0; // there is progress
      left = delivery.retry;
      if (left.length === 0) return { rejected, left, reason };
    }
    failing(reason, delivery.persistent === true);
    const backoff = Math.min(FIRST_BACKOFF * 2 ** attempt, MAX_BACKOFF) * (0.5 + Math.random() / 2);
    if (!(await wait(Math.max(backoff, delivery.wait ?? 0)))) return { rejected, left, reason };
  }
}
