import type { Alert } from "../alert/alert.ts";

/**
 * What became of a batch. `retry`: the same batch may succeed later. `rejected`: it never will. `partly`: of the batch only
 * the alerts of `retry` are to be handed over again, those of `rejected` never, and the others have arrived.
 * `wait`: milliseconds that the receiver asks to be left alone. `fix`: it lasts until an administrator fixes it.
 * `ambiguous`: what is in the alerts may be the cause, too.
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

/** An alert that a receiver will never take. */
export interface Rejection {
  readonly alert: Alert;
  readonly reason: string;
}

export const delivered: Delivery = { outcome: "delivered" };

/** A place that alerts go to. */
export interface Output {
  /** As in the configuration, without `_output`. */
  readonly name: string;
  /** Somebody else decides how long it takes: nothing may wait for it. */
  readonly remote?: true;
  /** Whether an alert is for it; those that are not may be handed over and go nowhere. Absent: all are. */
  readonly wants?: (alert: Alert) => boolean;
  /** Milliseconds between two batches, at least, unless there is more than goes into one: what comes meanwhile goes together. */
  readonly interval?: number;
  /**
   * How many of the alerts that it took last may not have arrived, where nobody says so: they are handed over again by itself,
   * or, should the process end before, by the next one. Absent: none.
   */
  unconfirmed?(): number;
  /** Sentences about what is missing at the receiver although alerts arrive; each is given once. Absent: none. */
  warnings?(): readonly string[];
  /** Hands over alerts in their order. Never throws. */
  deliver(batch: readonly Alert[]): Promise<Delivery>;
  /** Opens anew what it holds open, so that it can be moved away (SIGUSR1). */
  reopen(): void;
  /** Lets go of what it holds. Everything delivered has left the process then. */
  close(): Promise<void>;
}

/** How an alert is written in one line, without the line's end. */
export type Line = (alert: Alert) => string;

export const asText: Line = (alert) => alert.text;
export const asJson: Line = (alert) => alert.json;

/** One sentence for a failed call of the system. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's name of an error: `EPIPE`, … */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
