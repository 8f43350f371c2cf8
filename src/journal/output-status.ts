import type { JournalAlert } from "../alert/entry.ts";

/** The status of an output, beside its position. */
export interface OutputStatus {
  /** Delivered and rejected alerts since the journal knows the output. */
  readonly delivered: number;
  readonly refused: number;
  /** How often delivery was retried. */
  readonly retried: number;
  /** Alerts that were deleted from the journal, or not written to it, before they were delivered. */
  readonly lost: number;
  /** The last error, and when: milliseconds since the epoch. */
  readonly error?: string;
  readonly failed?: number;
  /** When delivery is retried: milliseconds since the epoch. */
  readonly again?: number;
  /** The newest alert when the output was removed from the configuration; undefined while it is configured. */
  readonly gone?: number;
}

/** The position and the status of an output. */
export interface OutputRecord {
  readonly name: string;
  /** All alerts up to this number are handled. */
  readonly seq: number;
  readonly status: OutputStatus;
}

/** An alert that an output rejected. */
export interface DeadLetter {
  readonly output: string;
  readonly seq: number;
  /** When it was rejected: milliseconds since the epoch. */
  readonly time: number;
  readonly reason: string;
}

/** A dead letter as it is read: with its alert. */
export interface DeadAlert extends DeadLetter {
  readonly alert: JournalAlert;
}

/** Positions and dead letters of outputs, stored in one transaction. */
export interface Progress {
  readonly outputs: readonly OutputRecord[];
  readonly dead: readonly DeadLetter[];
}

export const noDeliveries: OutputStatus = { delivered: 0, refused: 0, retried: 0, lost: 0 };

/** A stored status: JSON, maybe of an older version of this program. */
export function readStatus(text: unknown): OutputStatus {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null ? { ...noDeliveries, ...value } : noDeliveries;
  } catch {
    return noDeliveries;
  }
}
