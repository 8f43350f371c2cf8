import type { JournalAlert } from "../alert/entry.ts";

/** The stored status of an output, without its position. */
export interface OutputStatus {
  /** Number of alerts delivered since the output was added. */
  readonly delivered: number;
  /** Number of alerts rejected since the output was added. */
  readonly refused: number;
  /** Number of delivery retries since the output was added. */
  readonly retried: number;
  /** Number of lost alerts, such as alerts deleted from the journal before delivery; without rejected alerts. */
  readonly lost: number;
  /** Message of the last delivery error. */
  readonly error?: string;
  /** Time of the last error in milliseconds since the epoch. */
  readonly failed?: number;
  /** Time of the next retry in milliseconds since the epoch. */
  readonly again?: number;
  /** Whether the output is closed and accepts no more alerts. */
  readonly ended?: boolean;
  /** Whether the receiver has rejected alerts and not accepted any since. */
  readonly rejecting?: boolean;
  /** Whether the last delivery failed and is retried. */
  readonly failing?: boolean;
  /** Whether there was no connection to the receiver, or no response, in the last delivery, which failed. */
  readonly unreachable?: boolean;
  /**
   * If the output was removed from the configuration: sequence number of the newest alert at the time of the removal.
   */
  readonly gone?: number;
}

/** The counts and the last error of a status, without what applies only to the process that stored it. */
export function totalsOf({ delivered, refused, retried, lost, error, failed }: OutputStatus): OutputStatus {
  return {
    ...{ delivered, refused, retried, lost },
    ...(error !== undefined && { error }),
    ...(failed !== undefined && { failed }),
  };
}

/** The position and the status of an output. */
export interface OutputRecord {
  readonly name: string;
  /** Sequence number up to which all alerts were delivered, rejected or skipped. */
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

/** A dead letter and its alert. */
export interface DeadAlert extends DeadLetter {
  readonly alert: JournalAlert;
}

/** The progress of outputs: positions, status, dead letters, and the last marker. Stored in one transaction. */
export interface Progress {
  readonly outputs: readonly OutputRecord[];
  readonly dead: readonly DeadLetter[];
  /**
   * Time of a marker in milliseconds since the epoch. The agent writes markers to check that the journal is writable.
   */
  readonly marker?: number;
}

export const noDeliveries: OutputStatus = { delivered: 0, refused: 0, retried: 0, lost: 0 };

/** Parses a stored status, which may have been written by an earlier version. */
export function readStatus(text: unknown): OutputStatus {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null ? { ...noDeliveries, ...value } : noDeliveries;
  } catch {
    return noDeliveries;
  }
}
