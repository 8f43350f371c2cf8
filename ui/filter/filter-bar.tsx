import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { location, navigate, parameters } from "../shell/router.ts";
import { clock, day, isToday } from "../text/clock.ts";
import { ALL_TIME, DEFAULT_SINCE, type Filter, filtered, filterOf, NO_FILTER } from "./filter.ts";
import { QueryInput } from "./query-input.tsx";

/** Goes to the same view with another filter; parameters of the view itself stay. */
export function applyFilter(change: Partial<Filter>): void {
  const before = parameters.value;
  const own = Object.fromEntries([...before].filter(([name]) => !Object.hasOwn(NO_FILTER, name)));
  navigate(filtered(location.value.pathname, { ...filterOf(before), ...change }, own));
}

const TIME_RANGES: readonly (readonly [since: string, label: string])[] = [
  ["15m", "Last 15 minutes"],
  ["1h", "Last hour"],
  ["6h", "Last 6 hours"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
  [ALL_TIME, "All time"],
];

const STATES: readonly (readonly [state: Filter["state"], label: string])[] = [
  ["", "Any state"],
  ["open", "Open"],
  ["acknowledged", "Acknowledged"],
  ["closed", "Closed"],
];

interface FilterBarProps {
  /** What the server had against the query. */
  readonly error?: string | undefined;
  readonly children?: ComponentChildren;
}

/** Query, words, time and state, all of them in the address. */
export function FilterBar({ error, children }: FilterBarProps): JSX.Element {
  const filter = filterOf(parameters.value);
  return (
    <search class="filter-bar">
      <QueryInput query={filter.query} apply={(query) => applyFilter({ query })} error={error} />
      <TextSearch text={filter.text} />
      <TimeRangeSelect filter={filter} />
      <select
        aria-label="State"
        value={filter.state}
        onChange={({ currentTarget }) => applyFilter({ state: STATES[currentTarget.selectedIndex][0] })}
      >
        {STATES.map(([state, label]) => (
          <option key={state} value={state}>
            {label}
          </option>
        ))}
      </select>
      {children}
    </search>
  );
}

const DEBOUNCE = 300;

/** Free text: asked when typing pauses. */
function TextSearch({ text }: { readonly text: string }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (input.current !== null && document.activeElement !== input.current) input.current.value = text;
  }, [text]);
  const applyText = (words: string): void => {
    clearTimeout(timer.current);
    applyFilter({ text: words.trim() });
  };
  return (
    <input
      ref={input}
      class="words"
      type="search"
      aria-label="Full text search"
      placeholder="Words"
      spellcheck={false}
      defaultValue={text}
      onInput={({ currentTarget }) => {
        clearTimeout(timer.current);
        timer.current = setTimeout(() => applyText(currentTarget.value), DEBOUNCE);
      }}
      onChange={({ currentTarget }) => applyText(currentTarget.value)}
    />
  );
}

function TimeRangeSelect({ filter }: { readonly filter: Filter }): JSX.Element {
  const since = filter.since === "" ? DEFAULT_SINCE : filter.since;
  const isListed = filter.until === "" && TIME_RANGES.some(([one]) => one === since);
  return (
    <select
      aria-label="Time"
      value={isListed ? since : ""}
      onChange={({ currentTarget }) => {
        if (currentTarget.value !== "") {
          applyFilter({ since: currentTarget.value === DEFAULT_SINCE ? "" : currentTarget.value, until: "" });
        }
      }}
    >
      {!isListed && <option value="">{rangeText(filter)}</option>}
      {TIME_RANGES.map(([one, label]) => (
        <option key={one} value={one}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** `10:00:00 – 11:30:00`. */
function rangeText({ since, until }: Filter): string {
  return `${since === "" ? "…" : moment(since)} – ${until === "" ? "now" : moment(until)}`;
}

function moment(text: string): string {
  if (Number.isNaN(Date.parse(text))) return text;
  return isToday(text) ? clock(text, false) : `${day(text)} ${clock(text, false)}`;
}

/** The span in words, for sentences: `in the last 24 hours`. */
export function rangePhrase(filter: Filter): string {
  if (filter.until !== "") return "in this time";
  const since = filter.since === "" ? DEFAULT_SINCE : filter.since;
  const label = TIME_RANGES.find(([one]) => one === since)?.[1];
  return label === undefined ? "since then" : since === ALL_TIME ? "yet" : `in the ${label.toLowerCase()}`;
}
