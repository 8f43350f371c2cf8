import { ALL_TIME, DEFAULT_SINCE, type Filter } from "./filter.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** The least that a chart spans, in milliseconds. */
const MIN_SPAN = 120_000;

/**
 * The same filter for a chart: it begins where the journal does, where that is later than what was asked for, so that a
 * new installation's alerts are not a thin line at the end of an empty day.
 * @param oldest the time of the journal's oldest alert, where that is known
 * @param now milliseconds since the epoch
 */
export function chartRange(filter: Filter, oldest: string | null | undefined, now = Date.now()): Filter {
  if (oldest === null || oldest === undefined || filter.until !== "") return filter;
  const since = filter.since === "" ? DEFAULT_SINCE : filter.since;
  const span = /^(\d+)([smhdw])$/.exec(since);
  if (span === null && since !== ALL_TIME) return filter;
  const asked = span === null ? 0 : now - Number(span[1]) * UNITS[span[2]] * 1000;
  const begin = Math.min(Date.parse(oldest), now - MIN_SPAN);
  return begin > asked ? { ...filter, since: new Date(Math.floor(begin / 60_000) * 60_000).toISOString() } : filter;
}
