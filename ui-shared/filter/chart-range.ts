import { ALL_TIME, DEFAULT_SINCE, type Filter } from "./filter.ts";
import { millisecondsOf } from "./time-range.ts";

/** Minimum range of a chart, in milliseconds. */
const MIN_SPAN = 120_000;

/**
 * Returns the filter for a chart. If the time range starts before the oldest alert, it is shortened to start at that
 * alert, but not below {@link MIN_SPAN}. Otherwise, the chart of a new installation would be mostly empty.
 * @param oldest time of the oldest alert in the journal, if known
 * @param now milliseconds since the epoch
 */
export function chartRange(filter: Filter, oldest: string | null | undefined, now = Date.now()): Filter {
  if (oldest === null || oldest === undefined || filter.until !== "") return filter;
  const since = filter.since === "" ? DEFAULT_SINCE : filter.since;
  const relative = millisecondsOf(since);
  if (relative === undefined && since !== ALL_TIME) return filter;
  const requested = relative === undefined ? 0 : now - relative;
  const begin = Math.min(Date.parse(oldest), now - MIN_SPAN);
  return begin > requested ? { ...filter, since: new Date(Math.floor(begin / 60_000) * 60_000).toISOString() } : filter;
}
