import type { AlertOptions } from "../../alert/alert.ts";
import { restoredAlert } from "../../alert/restored.ts";
import type { Amendment } from "../../journal/amendment.ts";
import type { DeadAlert } from "../../journal/output-status.ts";
import type { Reader } from "../../journal/read.ts";
import type { Delivery, Output } from "../output.ts";

/** Maximum number of dead letters in one delivery, and in memory. */
const BATCH = 100;

/** The dead letters to send again. Default: all dead letters of the output. */
export interface ResendSelection {
  /** Sequence number of the alert, to send a single dead letter. */
  readonly only?: number;
  /** Sends only dead letters of alerts with larger sequence numbers. */
  readonly after?: number;
  /** Time (`performance.now()`) after which no more batches are sent. */
  readonly deadline?: number;
}

/** The outcome of dead letters that were sent again. */
export interface ResendOutcome {
  /** Number of alerts that the receiver accepted. Their dead letters are deleted. */
  readonly taken: number;
  /** Number of alerts that were sent and not accepted. */
  readonly left: number;
  /** Why the first of these alerts was not accepted. */
  readonly reason?: string;
  /** If the deadline was reached: `after` of the next call. */
  readonly next?: number;
}

/**
 * Sends dead letters of an output again, oldest alerts first, and deletes the dead letters of alerts that the receiver
 * accepts. Alerts that are stored after the call are not sent.
 */
export async function resendDeadLetters(
  output: Output,
  reader: Pick<Reader, "dead" | "last">,
  journal: Pick<Amendment, "removeDeadLetters">,
  format: Omit<AlertOptions, "hostname">,
  { only, after = 0, deadline = Number.POSITIVE_INFINITY }: ResendSelection = {},
): Promise<ResendOutcome> {
  const newest = reader.last();
  let [taken, left, last] = [0, 0, only === undefined ? after : only - 1];
  let reason: string | undefined;
  for (;;) {
    const letters = lettersAfter(reader, output.name, last, only).filter(({ seq }) => seq <= newest);
    const end = letters.at(-1)?.seq;
    if (end === undefined) break;
    if (performance.now() > deadline) return { taken, left, ...(reason !== undefined && { reason }), next: last };
    const alerts = letters.map(({ alert }) => restoredAlert(alert, format));
    const reasons = rejections(await output.deliver(alerts), alerts);
    const done = letters.filter((_, i) => reasons[i] === undefined).map(({ seq }) => seq);
    journal.removeDeadLetters(output.name, done);
    taken += done.length;
    left += letters.length - done.length;
    reason ??= reasons.find((one) => one !== undefined);
    last = end;
    if (only !== undefined) break;
  }
  return { taken, left, ...(reason !== undefined && { reason }) };
}

function lettersAfter(
  reader: Pick<Reader, "dead">,
  name: string,
  after: number,
  only: number | undefined,
): readonly DeadAlert[] {
  const letters = reader.dead(name, only === undefined ? BATCH : 1, after);
  return only === undefined ? letters : letters.filter(({ seq }) => seq === only);
}

/** Returns the reason why each alert was not delivered; undefined for alerts that were delivered. */
function rejections(delivery: Delivery, alerts: readonly unknown[]): (string | undefined)[] {
  if (delivery.outcome === "delivered") return alerts.map(() => undefined);
  if (delivery.outcome !== "partly") return alerts.map(() => delivery.reason);
  const again = new Set<unknown>(delivery.retry);
  const rejected = new Map<unknown, string>(delivery.rejected.map(({ alert, reason }) => [alert, reason]));
  return alerts.map((alert) => rejected.get(alert) ?? (again.has(alert) ? delivery.reason : undefined));
}
