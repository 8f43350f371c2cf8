import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Alert } from "../alert/alert.ts";
import { deliverWithRetries } from "./dispatch/retry.ts";
import { within } from "./dispatch/within.fixture.ts";
import type { Output } from "./output.ts";
import { alertAbout, hostile } from "./receiver.fixture.ts";

/** Alerts with IDs. Each alert text contains its number and characters that require escaping. */
export function numbered(from: number, count: number): Alert[] {
  return Array.from({ length: count }, (_, i) => alertAbout(`${from + i} ${hostile}`, { id: randomUUID() }));
}

/**
 * Delivers alerts with retries, as the dispatcher does.
 * @throws Error if an alert is not delivered
 */
export async function deliverAll(output: Output, alerts: readonly Alert[]): Promise<void> {
  const { rejected, left, reason } = await deliverWithRetries(output, alerts, within(60_000));
  if (rejected.length + left.length > 0) throw new Error(`${rejected.length} rejected, ${left.length} left: ${reason}`);
}

/** Delivers alerts in small batches, one at a time, while `trouble` runs. Resolves when both are done. */
export async function deliverThrough(output: Output, alerts: readonly Alert[], trouble: () => Promise<void>) {
  const go = async (): Promise<void> => {
    for (let at = 0; at < alerts.length; at += 20) {
      await deliverAll(output, alerts.slice(at, at + 20));
      await sleep(5);
    }
  };
  await Promise.all([go(), trouble()]);
}

/**
 * Compares each message with its alert.
 * @returns the IDs in the order of first arrival
 */
export function arrived(messages: readonly string[], alerts: readonly Alert[]): string[] {
  const said = new Map(alerts.map((alert) => [alert.id, alert.text]));
  const ids = messages.map((message) => {
    const { uuid, output } = JSON.parse(message);
    if (said.get(uuid) !== output) throw new Error(`the text of ${uuid} differs`);
    return String(uuid);
  });
  return [...new Set(ids)];
}

export const idsOf = (alerts: readonly Alert[]): (string | undefined)[] => alerts.map(({ id }) => id);
