import type { JournalAlert } from "../alert/entry.ts";

/** The status of an output, except its position. */
export interface OutputStatus {
  /** Number of alerts delivered since the output was added. */
  readonly delivered: number;
  /** Number of alerts rejected since the output was added. */
  readonly refused: number;
  /** Number of retries. */
  readonly retried: number;
  /** Number of alerts that were deleted from the journal before delivery or never written to it. */
  readonly lost: number;
  /** The last error. */
  readonly error?: string;
  /** Time of the last error in milliseconds since the epoch. */
  readonly failed?: number;
  /** Time of the next retry in milliseconds since the epoch. */
  readonly again?: number;
  /** For an output that was removed from the configuration: position of the newest alert at that time. */
  readonly gone?: number;
}

/** The position and the status of an output. */
export interface OutputRecord {
  readonly name: string;
  /** Sequence number up to which all alerts are handled. */
  readonly seq: number;
  readonly status: OutputStatus;
}

/** A dead letter: an alert that an output rejected permanently. */
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

/** Positions and dead letters of outputs, and the last marker. They are stored in one transaction. */
export interface Progress {
  readonly outputs: readonly OutputRecord[];
  readonly dead: readonly DeadLetter[];
  /**
   * Time of a marker in milliseconds since the epoch. The agent writes markers to check that the journal is writable.
   */
  readonly marker?: number;
}

export const noDeliveries: OutputStatus = { delivered: 0, refused: 0, retried: 0, lost: 0 };

/** Parses a stored status, which an earlier version may have written. */
export function readStatus(text: unknown): OutputStatus {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null ? { ...noDeliveries, ...value } : noDeliveries;
  } catch {
    return noDeliveries;
  }
}
