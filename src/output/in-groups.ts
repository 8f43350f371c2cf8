import type { Alert } from "../alert/alert.ts";
import { type Delivery, delivered, type Refusal } from "./output.ts";

/** Sends a batch in groups of at most so many, as {@link eachGroup} does. */
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
 * Sends groups of alerts in their order. A group that is refused doesn't keep back the next one; after one that may succeed
 * later nothing more is sent.
 */
export async function eachGroup(
  groups: readonly (readonly Alert[])[],
  send: (group: readonly Alert[]) => Promise<Delivery>,
): Promise<Delivery> {
  const refused: Refusal[] = [];
  for (const [i, group] of groups.entries()) {
    const delivery = await send(group);
    if (delivery.outcome === "refused") refused.push(...group.map((alert) => ({ alert, reason: delivery.reason })));
    if (delivery.outcome === "partly") refused.push(...delivery.refused);
    if (delivery.outcome === "retry" || (delivery.outcome === "partly" && delivery.retry.length > 0)) {
      const again = delivery.outcome === "partly" ? delivery.retry : group;
      const { reason, wait } = delivery;
      return summed(groups.flat(), [...again, ...groups.slice(i + 1).flat()], refused, reason, wait);
    }
  }
  return summed(groups.flat(), [], refused, refused[0]?.reason ?? "", undefined);
}

/** The plainest way to say what became of a batch. */
function summed(
  batch: readonly Alert[],
  retry: readonly Alert[],
  refused: readonly Refusal[],
  reason: string,
  wait: number | undefined,
): Delivery {
  const waiting = wait !== undefined && { wait };
  if (retry.length === 0 && refused.length === 0) return delivered;
  if (retry.length === batch.length) return { outcome: "retry", reason, ...waiting };
  if (refused.length === batch.length && refused.every((one) => one.reason === reason))
    return { outcome: "refused", reason };
  return { outcome: "partly", reason, retry, refused, ...waiting };
}
