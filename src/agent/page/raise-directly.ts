import { setTimeout as pause } from "node:timers/promises";
import type { Alert, AlertOptions } from "../../alert/alert.ts";
import { type InternalEvent, internalAlert } from "../../alert/internal.ts";
import { type Delivery, type Output, traitsOf } from "../../output/output.ts";

/** Raises alerts without a journal and a dispatcher. */
export interface DirectAlerts {
  /**
   * Sends an alert for each event to all outputs.
   * @returns a promise that resolves when each output has delivered or permanently rejected the alerts, and rejects
   *   after `close`
   */
  raise(events: readonly InternalEvent[]): Promise<void>;
  /** Ends retries and closes the outputs. */
  close(): Promise<void>;
}

/** Time until the first retry, and maximum time between retries, in milliseconds. */
const PAUSES = { first: 5_000, longest: 60_000 };

/**
 * @param log called with a sentence when an output fails, with a new reason, and when it rejects alerts
 * @param pauses for tests
 */
export function directAlerts(
  outputs: readonly Output[],
  options: AlertOptions,
  log: (line: string) => void,
  pauses: typeof PAUSES = PAUSES,
): DirectAlerts {
  const stopped = new AbortController();

  async function deliver(output: Output, alerts: readonly Alert[]): Promise<void> {
    let left = alerts;
    let known = "";
    for (let wait = pauses.first; ; wait = Math.min(2 * wait, pauses.longest)) {
      const delivery = await output.deliver(left);
      left = toRetry(delivery, left);
      for (const reason of rejections(delivery)) log(`Output ${output.name} rejects an alert: ${reason}.`);
      if (left.length === 0) return;
      const reason = "reason" in delivery ? delivery.reason : "";
      if (reason !== known) log(`Output ${output.name} failed, retrying: ${reason}.`);
      known = reason;
      const least = traitsOf(delivery).wait ?? 0;
      await pause(Math.max(wait, least), undefined, { signal: stopped.signal, ref: false });
    }
  }

  return {
    async raise(events) {
      const time = BigInt(Date.now()) * 1_000_000n;
      const alerts = events.map((event) => ({ ...internalAlert(event, time, options), id: crypto.randomUUID() }));
      await Promise.all(outputs.map((output) => deliver(output, alerts)));
    },
    async close() {
      stopped.abort();
      await Promise.all(outputs.map((output) => output.close()));
    },
  };
}

function toRetry(delivery: Delivery, batch: readonly Alert[]): readonly Alert[] {
  if (delivery.outcome === "retry") return batch;
  return delivery.outcome === "partly" ? delivery.retry : [];
}

function rejections(delivery: Delivery): readonly string[] {
  if (delivery.outcome === "rejected") return [delivery.reason];
  return delivery.outcome === "partly" ? delivery.rejected.map(({ reason }) => reason) : [];
}
