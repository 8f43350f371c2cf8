import type { FilterQuery } from "../../src/api/filter/filter.ts";
import type { State } from "../../src/api/filter/state.ts";

/** A filter for alerts. Empty values match all alerts. */
export interface Filter {
  /** Conditions and words in the query language. */
  readonly query: string;
  /** Words that must all occur in an alert, from URLs of earlier versions. The filter bar adds them to the query. */
  readonly text: string;
  /** ISO time, or relative time such as `24h` or `7d`; {@link ALL_TIME}: no limit. Default: {@link DEFAULT_SINCE}. */
  readonly since: string;
  readonly until: string;
  readonly state: State | "";
}

/** Default time range. */
export const DEFAULT_SINCE = "24h";
export const ALL_TIME = "ever";

export const NO_FILTER: Filter = { query: "", text: "", since: "", until: "", state: "" };

const STATES: readonly string[] = ["open", "acknowledged", "closed"] satisfies readonly State[];

/** Reads the filter from the parameters of a URL. */
export function filterOf(parameters: URLSearchParams): Filter {
  const state = parameters.get("state") ?? "";
  return {
    query: parameters.get("query") ?? "",
    text: parameters.get("text") ?? "",
    since: parameters.get("since") ?? "",
    until: parameters.get("until") ?? "",
    state: isState(state) ? state : "",
  };
}

function isState(text: string): text is State {
  return STATES.includes(text);
}

/**
 * Returns the filter as query parameters of the API: its non-empty parts, and the default time range if none is set.
 */
export function apiParameters(filter: Filter): FilterQuery {
  const since = filter.since === "" ? DEFAULT_SINCE : filter.since === ALL_TIME ? "" : filter.since;
  return nonEmpty({ ...filter, since });
}

function nonEmpty({ state, ...texts }: Filter): FilterQuery {
  const filled = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ""));
  return { ...filled, ...(state !== "" && { state }) };
}

/** Returns the URL of a path with a filter. */
export function filtered(path: string, filter: Filter, more: Readonly<Record<string, string>> = {}): string {
  const parameters = new URLSearchParams({ ...nonEmpty(filter), ...more });
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

export function isSame(one: Filter, other: Filter): boolean {
  return filtered("", one) === filtered("", other);
}
