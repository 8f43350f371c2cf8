import type { OverTime } from "../../src/api/schemas/alert.ts";
import { ALL_TIME, DEFAULT_SINCE, type Filter } from "../../ui-shared/filter/filter.ts";
import { millisecondsOf } from "../../ui-shared/filter/time-range.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** Maximum number of intervals in a response of the API. */
const MAX_INTERVALS = 3000;

export const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

/**
 * Returns the offset of local time from UTC at a time, in minutes: positive to the west, as with `getTimezoneOffset`.
 */
export type Offset = (time: number) => number;

/** The alerts of an hour of the week. */
export interface HourOfWeek {
  readonly count: number;
  /** Start of the newest such hour with alerts, in milliseconds since the epoch; undefined without alerts. */
  readonly newest: number | undefined;
}

/** The alerts per hour of the week: by weekday, Monday first, then by hour, in local time. */
export function weekOf({ from, step, series }: OverTime, offset: Offset): readonly (readonly HourOfWeek[])[] {
  const week: { count: number; newest: number | undefined }[][] = WEEKDAYS.map(() =>
    Array.from({ length: 24 }, () => ({ count: 0, newest: undefined })),
  );
  const intervals = series[0]?.counts.length ?? 0;
  const begin = Date.parse(from);
  for (let i = 0; i < intervals; i++) {
    const count = series.reduce((sum, { counts }) => sum + (counts[i] ?? 0), 0);
    if (count === 0) continue;
    const time = begin + i * step * 1000;
    const local = time - offset(time) * MINUTE;
    const date = new Date(local);
    const hour = week[(date.getUTCDay() + 6) % 7]?.[date.getUTCHours()];
    if (hour === undefined) continue;
    hour.count += count;
    hour.newest = time - (((local % HOUR) + HOUR) % HOUR);
  }
  return week;
}

/** A request for numbers of alerts, in intervals that do not cross the boundary of a local hour. */
export interface WeekRequest {
  readonly filter: Filter;
  readonly intervals: number;
  /** Number of days to which the time range of the filter was shortened; undefined if the whole range is included. */
  readonly days: number | undefined;
}

/**
 * Returns the request for the hours of the week. Intervals are one hour long, or shorter if the offset of local time
 * from UTC is not a whole number of hours. Since the number of intervals is limited, the time range may be shortened to
 * its last days.
 */
export function weekRequest(filter: Filter, offset: Offset, now = Date.now()): WeekRequest {
  const end = timeOf(filter.until === "" ? "0s" : filter.until, now);
  const begin = timeOf(filter.since === "" ? DEFAULT_SINCE : filter.since, now);
  const interval = Math.min(...[begin, end].map((time) => intervalFor(offset(Number.isFinite(time) ? time : now))));
  const longest = (MAX_INTERVALS - 2) * interval;
  const isLong = !(end - begin <= longest);
  const days = Math.floor(longest / HOUR / 24);
  const since = isLong ? end - days * 24 * HOUR : begin;
  return {
    filter: isLong ? { ...filter, since: new Date(since).toISOString() } : filter,
    intervals: Math.min(MAX_INTERVALS, Math.max(3, Math.floor((end - since) / interval) + 2)),
    days: isLong ? days : undefined,
  };
}

/**
 * The longest interval in milliseconds that starts at full UTC hours and does not cross the boundary of a local hour.
 */
function intervalFor(offset: number): number {
  if (offset % 60 === 0) return HOUR;
  return offset % 30 === 0 ? HOUR / 2 : HOUR / 4;
}

/** A time of a filter in milliseconds since the epoch; -Infinity for all time, or the current time if it is invalid. */
function timeOf(text: string, now: number): number {
  if (text === ALL_TIME) return Number.NEGATIVE_INFINITY;
  const relative = millisecondsOf(text);
  const time = relative === undefined ? Date.parse(text) : now - relative;
  return Number.isNaN(time) ? now : time;
}
