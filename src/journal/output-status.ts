import type { JournalAlert } from "../alert/entry.ts";

/** The status of an output, without its position. */
export interface OutputStatus {
  /** Delivered and rejected alerts since the output was added. */
  readonly delivered: number;
  readonly refused: number;
  /** Number of retries. */
  readonly retried: number;
  /** Alerts deleted from the journal before delivery, or never written to it. */
  readonly lost: number;
  /** The last error and its time in milliseconds since the epoch. */
  readonly error?: string;
  readonly failed?: number;
  /** Time of the next retry in milliseconds since the epoch. */
  readonly again?: number;
  /**
   * Position of the newest alert when the output was removed from the configuration; undefined for configured outputs.
   */
  readonly gone?: number;
}

/** The position and the status of an output. */
export interface OutputRecord {
  readonly name: string;
  /** All alerts up to this sequence number are handled. */
  readonly seq: number;
  readonly status: OutputStatus;
}

/** An alert that an output rejected permanently. */
export interface DeadLetter {
  readonly output: string;
  readonly seq: number;
  /** Time of the rejection in milliseconds since the epoch. */
  readonly time: number;
  readonly reason: string;
}

/** A dead letter with its alert. */
export interface DeadAlert extends DeadLetter {
  readonly alert: JournalAlert;
}

/** Positions and dead letters of outputs, and the last marker, stored in one transaction. */
export interface Progress {
  readonly outputs: readonly OutputRecord[];
  readonly dead: readonly DeadLetter[];
  /** Time of a marker, by which the agent checks that the journal can be written: milliseconds since the epoch. */
  readonly marker?: number;
}

export const noDeliveries: OutputStatus = { delivered: 0, refused: 0, retried: 0, lost: 0 };

/** Parses a stored status, which an older version may have written. */
export function readStatus(text: unknown): OutputStatus {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null ? { ...noDeliveries, ...value } : noDeliveries;
  } catch {
    return noDeliveries;
  }
}
