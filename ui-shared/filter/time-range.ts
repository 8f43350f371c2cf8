import { ALL_TIME, DEFAULT_SINCE, type Filter, filtered, filterOf, NO_FILTER } from "./filter.ts";
import { highlightIn } from "./searched.ts";
import { keptSelection } from "./time-selection.ts";

/** Seconds per unit of a relative time. */
const UNITS: ReadonlyMap<string | undefined, number> = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
  ["w", 604_800],
]);

/** Returns the length of a relative time such as `24h` in milliseconds; undefined for another time. */
export function millisecondsOf(relative: string): number | undefined {
  const found = /^(\d+)([smhdw])$/.exec(relative);
  return found === null ? undefined : Number(found[1]) * (UNITS.get(found[2]) ?? 0) * 1000;
}

type Range = Pick<Filter, "since" | "until">;

/** Start of a time range in milliseconds since the epoch; undefined for all time, NaN if the range is invalid. */
export function beginOf({ since }: Pick<Filter, "since">, now: number): number | undefined {
  return since === ALL_TIME ? undefined : timeOf(since === "" ? DEFAULT_SINCE : since, now);
}

/** End of a time range in milliseconds since the epoch; undefined if it is the current time, NaN if it is invalid. */
export function endOf({ until }: Pick<Filter, "until">, now: number): number | undefined {
  return until === "" ? undefined : timeOf(until, now);
}

function timeOf(text: string, now: number): number {
  const relative = millisecondsOf(text);
  return relative === undefined ? Date.parse(text) : now - relative;
}

/** Whether a time range includes `time`. False if the range is invalid. */
function includes(range: Range, time: number, now: number): boolean {
  const [begin, end] = [beginOf(range, now), endOf(range, now)];
  return (begin === undefined || time >= begin) && (end === undefined || time <= end);
}

/**
 * Returns the time range of a URL, or all time if that range does not include `time`. A link from an alert to similar
 * alerts therefore always finds the alert itself.
 * @param time ISO time
 */
export function rangeIncluding(time: string, parameters: URLSearchParams, now = Date.now()): Range {
  const { since, until } = filterOf(parameters);
  return includes({ since, until }, Date.parse(time), now) ? { since, until } : { since: ALL_TIME, until: "" };
}

/**
 * Returns the URL of an alert, with the time range of the current view, which the links of the alert keep, and the
 * phrases that the page highlights.
 * @param more additional parameters
 */
export function alertAddress(id: string, parameters: URLSearchParams, more: Parameters = {}): string {
  const highlight = highlightIn(parameters);
  const all = highlight === "" ? more : { highlight, ...more };
  return withRange(`/alerts/${encodeURIComponent(id)}`, parameters, all);
}

/** Returns the URL of the incident graph of an alert, with the time range and the selected time of the current view. */
export function incidentAddress(id: string, parameters: URLSearchParams): string {
  return withRange(`/alerts/${encodeURIComponent(id)}/graph`, parameters, keptSelection(parameters));
}

type Parameters = Readonly<Record<string, string>>;

function withRange(path: string, parameters: URLSearchParams, more: Parameters): string {
  const { since, until } = filterOf(parameters);
  return filtered(path, { ...NO_FILTER, since, until }, more);
}
