import type { Alert } from "../../alert/alert.ts";
import { type Delivery, delivered, type Rejection, traitsOf } from "../output.ts";

/** Sends a batch in groups of at most `most` alerts, as {@link eachGroup} does. */
export function inGroups(
  batch: readonly Alert[],
  most: number,
  send: (group: readonly Alert[]) => Promise<Delivery>,
): Promise<Delivery> {
  const groups: (readonly Alert[])[] = [];
  for (let at = 0; at < batch.length; at += most) groups.push(batch.slice(at, at + most));
  return eachGroup(groups, send);
}

/**
 * Sends groups of alerts in order. Continues after a rejected group, but stops at a group that needs a retry. If a
 * failure may be caused either by the receiver or by an alert, another alert is sent. If the receiver accepts the other
 * alert, the alerts that still fail are rejected.
 */
export async function eachGroup(
  groups: readonly (readonly Alert[])[],
  send: (group: readonly Alert[]) => Promise<Delivery>,
): Promise<Delivery> {
  const rejected: Rejection[] = [];
  const arrived = new Set<Alert>();
  const queue = [...groups];
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
    const open = group.filter((alert) => !arrived.has(alert));
    if (open.length === 0) continue;
    const delivery = await send(open);
    if (delivery.outcome === "rejected") rejected.push(...open.map((alert) => ({ alert, reason: delivery.reason })));
    if (delivery.outcome === "partly") rejected.push(...delivery.rejected);
    if (delivery.outcome === "retry" && delivery.ambiguous === true) {
      if (open.length > 1) {
        const half = Math.ceil(open.length / 2);
        queue.unshift(open.slice(0, half), open.slice(half));
        continue;
      }
      if ((await othersArrive(queue, arrived, send)) && (await isRejected(open, send))) {
        rejected.push(...open.map((alert) => ({ alert, reason: delivery.reason })));
        continue;
      }
    }
    if (delivery.outcome === "retry" || (delivery.outcome === "partly" && delivery.retry.length > 0)) {
      const again = delivery.outcome === "partly" ? delivery.retry : open;
      const rest = queue.flat().filter((alert) => !arrived.has(alert));
      return summed(groups.flat(), [...again, ...rest], rejected, delivery);
    }
  }
  return summed(groups.flat(), [], rejected, undefined);
}

/**
 * Sends a batch in groups of at most `most` alerts, up to `atOnce` of them at the same time, so in any order. Sends no
 * more groups after a group that needs a retry.
 */
export async function inFlight(
  batch: readonly Alert[],
  most: number,
  atOnce: number,
  send: (group: readonly Alert[]) => Promise<Delivery>,
): Promise<Delivery> {
  const retry = new Set(batch);
  const rejected: Rejection[] = [];
  let trouble: Failed | undefined;
  let next = 0;
  async function sendGroups(): Promise<void> {
    while (trouble === undefined && next < batch.length) {
      const group = batch.slice(next, next + most);
      next += most;
      const delivery = await send(group);
      let again: ReadonlySet<Alert> = new Set();
      if (delivery.outcome === "rejected") rejected.push(...group.map((alert) => ({ alert, reason: delivery.reason })));
      if (delivery.outcome === "partly") rejected.push(...delivery.rejected);
      if (delivery.outcome === "retry" || delivery.outcome === "partly") {
        again = new Set(delivery.outcome === "retry" ? group : delivery.retry);
        if (again.size > 0) trouble ??= delivery;
      }
      for (const alert of group) if (!again.has(alert)) retry.delete(alert);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendGroups));
  return summed(batch, [...retry], rejected, trouble);
}

/** Whether the receiver currently accepts other alerts. Sends the next alert and, if that fails, the last one. */
async function othersArrive(
  queue: readonly (readonly Alert[])[],
  arrived: Set<Alert>,
  send: (group: readonly Alert[]) => Promise<Delivery>,
): Promise<boolean> {
  const rest = queue.flat().filter((alert) => !arrived.has(alert));
  for (const other of new Set([rest[0], rest.at(-1)])) {
    if (other === undefined || (await send([other])).outcome !== "delivered") continue;
    arrived.add(other);
    return true;
  }
  return false;
}

/** Whether a group still fails after another alert was accepted. */
async function isRejected(
  group: readonly Alert[],
  send: (group: readonly Alert[]) => Promise<Delivery>,
): Promise<boolean> {
  const delivery = await send(group);
  return delivery.outcome === "rejected" || (delivery.outcome === "retry" && delivery.ambiguous === true);
}

type Failed = Delivery & { readonly outcome: "retry" | "partly" };

/** Summarizes the outcome of a batch. `trouble` is the reason for retries. */
function summed(
  batch: readonly Alert[],
  retry: readonly Alert[],
  rejected: readonly Rejection[],
  trouble: Failed | undefined,
): Delivery {
  const reason = trouble?.reason ?? rejected[0]?.reason ?? "";
  const traits = traitsOf(trouble);
  if (retry.length === 0 && rejected.length === 0) return delivered;
  if (retry.length === batch.length)
    return {
      outcome: "retry",
      reason,
      ...traits,
      ...(trouble?.outcome === "retry" && trouble.ambiguous && { ambiguous: true }),
    };
  if (rejected.length === batch.length && rejected.every((one) => one.reason === reason))
    return { outcome: "rejected", reason };
  return { outcome: "partly", reason, retry, rejected, ...traits };
}
