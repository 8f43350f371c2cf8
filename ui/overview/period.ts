import { ALL_TIME, DEFAULT_SINCE, type Filter } from "../../ui-shared/filter/filter.ts";
import { millisecondsOf } from "../../ui-shared/filter/time-range.ts";

/** The time range of a filter, and the range of equal length before it. */
export interface Periods {
  readonly current: Filter;
  readonly previous: Filter;
  /** All alerts before the time range, in any state. */
  readonly earlier: Filter;
}

/**
 * Returns the period of a filter and the previous one. Undefined for all time, which has no previous period, and for an
 * invalid range.
 * @param now milliseconds since the epoch
 */
export function periodsOf(filter: Filter, now = Date.now()): Periods | undefined {
  const since = filter.since === "" ? DEFAULT_SINCE : filter.since;
  if (since === ALL_TIME) return undefined;
  const begin = timeOf(since, now);
  const end = filter.until === "" ? now : timeOf(filter.until, now);
  if (!(end > begin)) return undefined;
  const iso = (time: number): string => new Date(time).toISOString();
  // The end of a range is inclusive.
  const before = iso(begin - 1);
  return {
    current: { ...filter, since: iso(begin) },
    previous: { ...filter, since: iso(2 * begin - end), until: before },
    earlier: { ...filter, since: ALL_TIME, until: before, state: "" },
  };
}

/** Milliseconds since the epoch; NaN if the time is invalid. */
function timeOf(text: string, now: number): number {
  const relative = millisecondsOf(text);
  return relative === undefined ? Date.parse(text) : now - relative;
}
