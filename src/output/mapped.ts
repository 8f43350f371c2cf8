import type { Alert } from "../alert/alert.ts";
import type { Output } from "./output.ts";

/** Wraps an output to change alerts before delivery. Results refer to the original alerts. */
export function mapped(output: Output, change: (alert: Alert) => Alert): Output {
  return {
    ...output,
    async deliver(batch) {
      const given = batch.map(change);
      const delivery = await output.deliver(given);
      if (delivery.outcome !== "partly") return delivery;
      const before = new Map(given.map((alert, i) => [alert, batch[i]]));
      const original = (alert: Alert): Alert => before.get(alert) ?? alert;
      return {
        ...delivery,
        retry: delivery.retry.map(original),
        rejected: delivery.rejected.map(({ alert, reason }) => ({ alert: original(alert), reason })),
      };
    },
  };
}
