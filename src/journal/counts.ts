import type { Fault } from "./fault.ts";

/** Counts of a journal since the process started. */
export interface Counts {
  readonly kept: number;
  /** Alerts that were not written, and will not be. */
  readonly missed: number;
  /** Alerts in memory until the journal can be written again. */
  readonly waiting: number;
  /** Alerts deleted by the limits of age and size. */
  readonly dropped: number;
  /** Bytes in use. */
  readonly size: number;
  /** Time when the oldest alert was written, in milliseconds since the epoch; undefined if there is none. */
  readonly oldest: number | undefined;
  /** Alerts that are damaged: in this file, and in files that it replaced. */
  readonly damaged: number;
  /** Files that were replaced because they were damaged or removed. */
  readonly replaced: number;
  /** Milliseconds by which the system clock jumped ahead, while it is not trusted; else 0. */
  readonly clockAhead: number;
  /** Why nothing can be written at the moment. */
  readonly fault: Fault | undefined;
}

/** Counts before anything was written. */
export const noCounts: Counts = {
  ...{ kept: 0, missed: 0, waiting: 0, dropped: 0, size: 0, oldest: undefined },
  ...{ damaged: 0, replaced: 0, clockAhead: 0, fault: undefined },
};
