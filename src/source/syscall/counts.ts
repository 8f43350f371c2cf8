/** Counters in the order of the probe: recorded events, then dropped events by reason. */
export const countNames = ["events", "ringFull", "tooLarge", "scratchBusy", "noRing", "overShare"] as const;
/** Index of the last process that had used its share, which follows the counters of a CPU. */
export const LAST_OVER_SHARE = countNames.length;

/** A process whose events were dropped because it or its user had used its share of a ring buffer. */
export interface OverShare {
  /** Process ID on the host. */
  readonly pid: number;
  /** User ID on the host. */
  readonly uid: number;
}

export type Counts = Record<(typeof countNames)[number], number>;
export const NO_COUNTS = Object.freeze(Object.fromEntries(countNames.map((name) => [name, 0]))) as Readonly<Counts>;

/** The reasons for dropped events. */
export const lossNames = countNames.filter((name) => name !== "events");

/** Returns the name of a reason for dropped events in metrics and fields. */
export function lossLabel(name: (typeof lossNames)[number]): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Number of events dropped because the reader was too slow. */
export function unreadLosses({ ringFull, overShare }: Counts): number {
  return ringFull + overShare;
}

/** Event counters. `lost` is the number of events dropped for any reason. */
export interface LiveCounts extends Counts {
  readonly lost: number;
}

export function withLost(counts: Counts): LiveCounts {
  return { ...counts, lost: lossNames.reduce((sum, name) => sum + counts[name], 0) };
}
