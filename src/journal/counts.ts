import type { Fault } from "./fault.ts";

/** Counters since the journal was opened, and the current state of the journal. */
export interface Counts {
  readonly kept: number;
  /** Number of alerts that were not written and will not be written. */
  readonly missed: number;
  /** Number of alerts that wait in memory until the journal can be written. */
  readonly waiting: number;
  /** Number of waiting alerts that are also in the reserve, so that they are not lost if the process is killed. */
  readonly reserved: number;
  /** Size of the reserve in bytes; 0 if its space is not allocated. */
  readonly reserve: number;
  /** Number of alerts deleted because of the age and size limits. */
  readonly dropped: number;
  /** Total size of all files, in bytes. */
  readonly size: number;
  /** Time when the oldest alert was written, in milliseconds since the epoch; undefined if there is none. */
  readonly oldest: number | undefined;
  /** Number of damaged alerts in the current file and in files that it replaced. */
  readonly damaged: number;
  /** Number of files that were replaced because they were damaged or removed. */
  readonly replaced: number;
  /**
   * Milliseconds by which the system clock is ahead of the trusted time after a jump; 0 if there was no jump, or if the
   * jump was detected at startup.
   */
  readonly clockAhead: number;
  /** Why the journal cannot currently be written; undefined if it can be written. */
  readonly fault: Fault | undefined;
}

/** The counters of a journal that has not been written yet. */
export const noCounts: Counts = {
  ...{ kept: 0, missed: 0, waiting: 0, reserved: 0, reserve: 0, dropped: 0, size: 0, oldest: undefined },
  ...{ damaged: 0, replaced: 0, clockAhead: 0, fault: undefined },
};
