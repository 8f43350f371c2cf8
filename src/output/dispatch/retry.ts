import type { Alert } from "../../alert/alert.ts";
import type { Delivery, Output, Rejection } from "../output.ts";

/** The outcome of a batch. */
export interface Outcome {
  readonly rejected: readonly Rejection[];
  /** Alerts that were not accepted before retries ended. */
  readonly left: readonly Alert[];
  /** The reason of the last failure; undefined if everything was accepted immediately. */
  readonly reason: string | undefined;
}

/** Delay before the first retry in milliseconds. Each subsequent retry doubles the delay, up to the maximum. */
const FIRST_BACKOFF = 250;
const MAX_BACKOFF = 30_000;

/**
 * Delivers a batch and retries until the output has accepted or rejected all alerts. The backoff is exponential with
 * jitter, and never shorter than the receiver requests.
 * @param wait waits for the backoff in milliseconds; returns false to end retries
 * @param failing called before each retry with the outcome of the delivery
 */
export async function deliverWithRetries(
  output: Output,
  batch: readonly Alert[],
  wait: (milliseconds: number) => Promise<boolean>,
  failing: (delivery: Extract<Delivery, { readonly outcome: "retry" | "partly" }>) => void = () => {},
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
      if (delivery.retry.length < left.length) attempt = 0; // the output accepted some alerts
      left = delivery.retry;
      if (left.length === 0) return { rejected, left, reason };
    }
    failing(delivery);
    const backoff = Math.min(FIRST_BACKOFF * 2 ** attempt, MAX_BACKOFF) * (0.5 + Math.random() / 2);
    if (!(await wait(Math.max(backoff, delivery.wait ?? 0)))) return { rejected, left, reason };
  }
}
