import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { lazy } from "../page/lazy.tsx";
import { location, navigate, parameters } from "../page/router.ts";
import { clock, day, isToday } from "../text/clock.ts";
import { zoneText } from "../text/time-zone.ts";
import { withWords } from "./compose.ts";
import { ALL_TIME, DEFAULT_SINCE, type Filter, filtered, filterOf, NO_FILTER } from "./filter.ts";
import { QueryInput } from "./query-input.tsx";

/** Changes the filter in the URL of the current view, and keeps other parameters. */
export function applyFilter(change: Partial<Filter>, mode?: "replace"): void {
  const current = parameters.value;
  const own = Object.fromEntries([...current].filter(([name]) => !Object.hasOwn(NO_FILTER, name)));
  navigate(filtered(location.value.pathname, { ...filterOf(current), ...change }, own), mode);
}

/** The time ranges that can be selected, each with its label. */
export const TIME_RANGES: readonly (readonly [since: string, label: string])[] = [
  ["15m", "Last 15 minutes"],
  ["1h", "Last hour"],
  ["6h", "Last 6 hours"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
  [ALL_TIME, "All time"],
];

const STATES: readonly (readonly [state: Filter["state"], label: string])[] = [
  ["", "All states"],
  ["open", "Open"],
  ["acknowledged", "Acknowledged"],
  ["closed", "Closed"],
];

interface FilterBarProps {
  /** Error message of the server for the query. */
  readonly error?: string | undefined;
  readonly children?: ComponentChildren;
}

/** Controls for query, time range and state. The values are kept in the URL. */
export function FilterBar({ error, children }: FilterBarProps): JSX.Element {
  const filter = filterOf(parameters.value);
  const { query, text } = filter;
  useEffect(() => {
    if (text !== "") applyFilter({ query: withWords(query, text), text: "" }, "replace");
  }, [query, text]);
  return (
    <search class="filter-bar">
      <QueryInput query={query} apply={(next) => applyFilter({ query: next })} error={error} />
      <TimeRangeSelect filter={filter} />
      <select
        aria-label="State"
        value={filter.state}
        onChange={({ currentTarget }) => applyFilter({ state: STATES[currentTarget.selectedIndex]?.[0] ?? "" })}
      >
        {STATES.map(([state, label]) => (
          <option key={state} value={state}>
            {label}
          </option>
        ))}
      </select>
      {children !== undefined && <span class="filter-actions">{children}</span>}
    </search>
  );
}

/** Value of the option that opens the dialog for an absolute range. */
const CHOOSE = "choose";

const RangeDialog = lazy(async () => (await import("./range-dialog.tsx")).RangeDialog);

function TimeRangeSelect({ filter }: { readonly filter: Filter }): JSX.Element {
  const choosing = useSignal(false);
  const since = filter.since === "" ? DEFAULT_SINCE : filter.since;
  const isListed = filter.until === "" && TIME_RANGES.some(([value]) => value === since);
  return (
    <>
      <select
        aria-label="Time range"
        value={isListed ? since : ""}
        onChange={({ currentTarget }) => {
          const { value } = currentTarget;
          if (value === CHOOSE) {
            choosing.value = true;
            currentTarget.value = isListed ? since : "";
          } else if (value !== "") applyFilter({ since: value === DEFAULT_SINCE ? "" : value, until: "" });
        }}
      >
        {!isListed && <option value="">{rangeText(filter)}</option>}
        {TIME_RANGES.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        <option value={CHOOSE}>From … to …</option>
      </select>
      {choosing.value && (
        <RangeDialog
          filter={filter}
          apply={applyFilter}
          close={() => {
            choosing.value = false;
          }}
        />
      )}
    </>
  );
}

/** Formats a range with its time zone, such as `10:00:00 – 11:30:00 UTC+1`. */
function rangeText({ since, until }: Filter): string {
  const range = `${since === "" ? "…" : moment(since)} – ${until === "" ? "now" : moment(until)}`;
  const shown = new Date(since);
  return `${range} ${zoneText(Number.isNaN(shown.getTime()) ? new Date() : shown)}`;
}

function moment(text: string): string {
  if (Number.isNaN(Date.parse(text))) return text;
  return isToday(text) ? clock(text, false) : `${day(text)} ${clock(text, false)}`;
}

/** Returns the time range as part of a sentence, such as ` in the last 24 hours`; empty for all time. */
export function rangePhrase(filter: Filter): string {
  const since = filter.since === "" ? DEFAULT_SINCE : filter.since;
  const label = TIME_RANGES.find(([value]) => value === since)?.[1];
  if (filter.until !== "" || label === undefined) return " in this time range";
  return since === ALL_TIME ? "" : ` in the ${label.toLowerCase()}`;
}
