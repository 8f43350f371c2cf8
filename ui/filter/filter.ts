import type { FilterQuery } from "../../src/api/filter/filter.ts";
import type { State } from "../../src/api/filter/state.ts";

/** Which alerts are looked at. Empty texts ask nothing. */
export interface Filter {
  /** In the condition language. */
  readonly query: string;
  /** Words that must occur. */
  readonly text: string;
  /** ISO, or relative: `24h`, `7d`; {@link ALL_TIME} for no bound. Empty: {@link DEFAULT_SINCE}. */
  readonly since: string;
  readonly until: string;
  readonly state: State | "";
}

/** How far back one looks where the address does not say it. */
export const DEFAULT_SINCE = "24h";
export const ALL_TIME = "ever";

export const NO_FILTER: Filter = { query: "", text: "", since: "", until: "", state: "" };

const STATES: readonly string[] = ["open", "acknowledged", "closed"] satisfies readonly State[];

/** The filter that an address states, and the parameters of other things left alone. */
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

/** The filter as parameters for the API: those that are not empty. */
export function apiParameters(filter: Filter): FilterQuery {
  const since = filter.since === "" ? DEFAULT_SINCE : filter.since === ALL_TIME ? "" : filter.since;
  return nonEmpty({ ...filter, since });
}

function nonEmpty({ state, ...texts }: Filter): FilterQuery {
  const filled = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ""));
  return { ...filled, ...(state !== "" && { state }) };
}

/** A path with a filter behind it. */
export function filtered(path: string, filter: Filter, more: Readonly<Record<string, string>> = {}): string {
  const parameters = new URLSearchParams({ ...nonEmpty(filter), ...more });
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

export function isSame(one: Filter, other: Filter): boolean {
  return filtered("", one) === filtered("", other);
}
