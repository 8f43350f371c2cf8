import type { Alert } from "../alert/alert.ts";

/**
 * The outcome of a batch.
 * - `retry`: a retry may succeed.
 * - `rejected`: the receiver permanently rejects the batch.
 * - `partly`: alerts in `retry` need a retry, alerts in `rejected` are rejected, and all remaining alerts are
 *   delivered.
 * - `wait`: milliseconds until the receiver accepts a retry.
 * - `persistent`: the failure persists until an administrator fixes it.
 * - `unreachable`: there is no connection to the receiver, or no response.
 * - `ambiguous`: the content of the alerts may be the cause.
 */
export type Delivery =
  | { readonly outcome: "delivered" }
  | (FailureTraits & { readonly outcome: "retry"; readonly reason: string; readonly ambiguous?: boolean })
  | { readonly outcome: "rejected"; readonly reason: string }
  | (FailureTraits & {
      readonly outcome: "partly";
      readonly reason: string;
      readonly retry: readonly Alert[];
      readonly rejected: readonly Rejection[];
    });

interface FailureTraits {
  readonly wait?: number;
  readonly persistent?: boolean;
  readonly unreachable?: boolean;
}

/** An alert that a receiver permanently rejected. */
export interface Rejection {
  readonly alert: Alert;
  readonly reason: string;
}

export const delivered: Delivery = { outcome: "delivered" };

/** The outcome of a batch if its first `accepted` alerts were delivered and the others need a retry. */
export function retryAfter(accepted: number, batch: readonly Alert[], reason: string): Delivery {
  if (accepted === 0) return { outcome: "retry", reason };
  return { outcome: "partly", reason, retry: batch.slice(accepted), rejected: [] };
}

/** The traits of a failure that also apply to the batch that contains the failed alerts. */
export function traitsOf(delivery: Delivery | undefined): FailureTraits {
  if (delivery?.outcome !== "retry" && delivery?.outcome !== "partly") return {};
  const { wait, persistent, unreachable } = delivery;
  return {
    ...(wait !== undefined && { wait }),
    ...(persistent && { persistent }),
    ...(unreachable && { unreachable }),
  };
}

/** An opened output. */
export interface Output {
  /** Name in the configuration, without `_output`. */
  readonly name: string;
  /** Whether the delivery time is unbounded, for example over a network. */
  readonly remote?: true;
  /**
   * Whether the output selects an alert for delivery. `deliver` ignores all other alerts. Default: all alerts are
   * selected.
   */
  readonly wants?: (alert: Alert) => boolean;
  /** Minimum interval between batches, in milliseconds. A full batch is delivered earlier. */
  readonly interval?: number;
  /** Maximum number of alerts per batch. Default: 1,000. */
  readonly most?: number;
  /**
   * Number of recent alerts whose delivery is unconfirmed, for protocols without acknowledgement. They are sent again
   * if the connection breaks or the process restarts. Default: none.
   */
  unconfirmed?(): number;
  /** Warnings about the receiver that do not affect delivery; each is returned once. Default: none. */
  warnings?(): readonly string[];
  /** Delivers alerts in order. Never throws. */
  deliver(batch: readonly Alert[]): Promise<Delivery>;
  /** Reopens files and connections (SIGUSR1), for log rotation. */
  reopen(): void;
  /** Closes the output. When the promise resolves, all delivered alerts have left the process. */
  close(): Promise<void>;
}

/** Formats an alert as one line, without the line terminator. */
export type Line = (alert: Alert) => string;

export const asText: Line = (alert) => alert.text;
export const asJson: Line = (alert) => alert.json;

/** The message of an error. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of an error, such as `EPIPE`; empty if it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
