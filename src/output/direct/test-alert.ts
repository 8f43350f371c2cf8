import type { AlertOptions } from "../../alert/alert.ts";
import { internalAlert } from "../../alert/internal.ts";
import type { Output } from "../output.ts";

/** The outcome of a test alert. */
export interface TestOutcome {
  readonly outcome: "delivered" | "retry" | "rejected";
  /** Why the alert was not delivered. */
  readonly reason?: string;
  /** Whether deliveries fail until an administrator fixes the cause. */
  readonly persistent?: boolean;
  /** Time until the receiver responded. */
  readonly milliseconds: number;
  /** ID of the alert. */
  readonly uuid: string;
  /** Warnings about the receiver. */
  readonly warnings: readonly string[];
}

/** Sends one test alert to an output. @param from name of the sender, for the message of the alert */
export async function sendTestAlert(output: Output, options: AlertOptions, from: string): Promise<TestOutcome> {
  const fields = { "eyas.test": "true", "evt.time": new Date().toISOString() };
  const message = `Test alert sent by ${from}. No action is needed.`;
  const event = { rule: "Eyas test alert", priority: "Debug", message, fields } as const;
  const uuid = crypto.randomUUID();
  const alert = { ...internalAlert(event, BigInt(Date.now()) * 1_000_000n, options), id: uuid };
  const began = performance.now();
  const delivery = await output.deliver([alert]);
  const milliseconds = Math.round(performance.now() - began);
  const { outcome } = delivery;
  return {
    outcome: outcome === "partly" ? (delivery.retry.length > 0 ? "retry" : "rejected") : outcome,
    ...(outcome !== "delivered" && { reason: delivery.reason }),
    ...("persistent" in delivery && delivery.persistent && { persistent: true }),
    milliseconds,
    uuid,
    warnings: output.warnings?.() ?? [],
  };
}
