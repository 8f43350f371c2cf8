import type { Alert } from "../alert/alert.ts";

/**
 * The outcome of a batch. `retry`: a retry may succeed. `rejected`: permanently. `partly`: the alerts of `retry` are to be
 * retried, those of `rejected` are rejected, all others are delivered.
 * `wait`: milliseconds until the receiver accepts a retry. `persistent`: lasts until an administrator fixes it.
 * `ambiguous`: the content of the alerts may be the cause.
 */
export type Delivery =
  | { readonly outcome: "delivered" }
  | {
      readonly outcome: "retry";
      readonly reason: string;
      readonly wait?: number;
      readonly persistent?: boolean;
      readonly ambiguous?: boolean;
    }
  | { readonly outcome: "rejected"; readonly reason: string }
  | {
      readonly outcome: "partly";
      readonly reason: string;
      readonly retry: readonly Alert[];
      readonly rejected: readonly Rejection[];
      readonly wait?: number;
      readonly persistent?: boolean;
    };

/** An alert that a receiver rejects permanently. */
export interface Rejection {
  readonly alert: Alert;
  readonly reason: string;
}

export const delivered: Delivery = { outcome: "delivered" };

/** An open output. */
export interface Output {
  /** Name in the configuration, without `_output`. */
  readonly name: string;
  /** Whether delivery takes an unknown time, so that nothing may wait for it. */
  readonly remote?: true;
  /** Whether an alert is for the output; `deliver` drops others. Absent: all are. */
  readonly wants?: (alert: Alert) => boolean;
  /** Minimum milliseconds between two batches, unless more alerts wait than one batch holds. */
  readonly interval?: number;
  /**
   * The number of last alerts whose delivery is not confirmed, for protocols without acknowledgement: the output repeats them, or
   * the next process does. Absent: none.
   */
  unconfirmed?(): number;
  /** Warnings about the receiver although alerts are delivered; each is returned once. Absent: none. */
  warnings?(): readonly string[];
  /** Delivers alerts in order. Never throws. */
  deliver(batch: readonly Alert[]): Promise<Delivery>;
  /** Reopens files and connections (SIGUSR1), for log rotation. */
  reopen(): void;
  /** Closes it. All delivered alerts have left the process by then. */
  close(): Promise<void>;
}

/** Formats an alert as one line, without the line end. */
export type Line = (alert: Alert) => string;

export const asText: Line = (alert) => alert.text;
export const asJson: Line = (alert) => alert.json;

/** Message of an error. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Code of an error: `EPIPE`, … */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
