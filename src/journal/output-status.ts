import type { JournalAlert } from "../alert/entry.ts";

/** What the journal knows of an output beside its position. */
export interface OutputStatus {
  /** Alerts since the journal knows the output: those that it took, and those that it refused for good. */
  readonly delivered: number;
  readonly refused: number;
  /** How often it asked for a repetition. */
  readonly retried: number;
  /** Alerts that were taken out of the journal, or could not be kept there, before it had them. */
  readonly lost: number;
  /** What it last said against an alert, and when: milliseconds since the epoch. */
  readonly error?: string;
  readonly failed?: number;
  /** Until when it is left alone, where it asked for a repetition last: milliseconds since the epoch. */
  readonly again?: number;
  /** The newest alert when the output was taken out of the configuration; undefined while it is there. */
  readonly gone?: number;
}

/** How far an output has come, and how it went. */
export interface OutputRecord {
  readonly name: string;
  /** Everything up to this number is done with. */
  readonly seq: number;
  readonly status: OutputStatus;
}

/** An alert that an output refused for good. */
export interface DeadLetter {
  readonly output: string;
  readonly seq: number;
  /** When it was refused: milliseconds since the epoch. */
  readonly time: number;
  readonly reason: string;
}

/** A dead letter as it is read: with its alert. */
export interface DeadAlert extends DeadLetter {
  readonly alert: JournalAlert;
}

/** What is written down of outputs at once, all or nothing. */
export interface Progress {
  readonly outputs: readonly OutputRecord[];
  readonly dead: readonly DeadLetter[];
}

export const noDeliveries: OutputStatus = { delivered: 0, refused: 0, retried: 0, lost: 0 };

/** A status as it is kept: JSON of a version of this program, which may be an older one. */
export function readStatus(text: unknown): OutputStatus {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null ? { ...noDeliveries, ...value } : noDeliveries;
  } catch {
    return noDeliveries;
  }
}
