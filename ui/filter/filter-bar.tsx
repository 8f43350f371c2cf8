import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { go, location, parameters } from "../shell/router.ts";
import { clock, day, isToday } from "../text/when.ts";
import { EVER, type Filter, filtered, filterOf, NO_FILTER, USUAL_SINCE } from "./filter.ts";
import { QueryInput } from "./query-input.tsx";

/** Goes to the same view with another filter; parameters of the view itself stay. */
export function ask(change: Partial<Filter>): void {
  const before = parameters.value;
  const own = Object.fromEntries([...before].filter(([name]) => !Object.hasOwn(NO_FILTER, name)));
  go(filtered(location.value.pathname, { ...filterOf(before), ...change }, own));
}

const SPANS: readonly (readonly [since: string, label: string])[] = [
  ["15m", "Last 15 minutes"],
  ["1h", "Last hour"],
  ["6h", "Last 6 hours"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
  [EVER, "All time"],
];

const STATES: readonly (readonly [state: Filter["state"], label: string])[] = [
  ["", "Any state"],
  ["open", "Open"],
  ["acknowledged", "Acknowledged"],
  ["closed", "Closed"],
];

interface FilterBarProps {
  /** What the server had against the query. */
  readonly refused?: string | undefined;
  readonly children?: ComponentChildren;
}

/** Query, words, time and state, all of them in the address. */
export function FilterBar({ refused, children }: FilterBarProps): JSX.Element {
  const filter = filterOf(parameters.value);
  return (
    <search class="filter-bar">
      <QueryInput query={filter.query} ask={(query) => ask({ query })} refused={refused} />
      <Words text={filter.text} />
      <Span filter={filter} />
      <select
        aria-label="State"
        value={filter.state}
        onChange={({ currentTarget }) => ask({ state: STATES[currentTarget.selectedIndex][0] })}
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

const PAUSE = 300;

/** Free text: asked when typing pauses. */
function Words({ text }: { readonly text: string }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (input.current !== null && document.activeElement !== input.current) input.current.value = text;
  }, [text]);
  const askFor = (words: string): void => {
    clearTimeout(timer.current);
    ask({ text: words.trim() });
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
        timer.current = setTimeout(() => askFor(currentTarget.value), PAUSE);
      }}
      onChange={({ currentTarget }) => askFor(currentTarget.value)}
    />
  );
}

function Span({ filter }: { readonly filter: Filter }): JSX.Element {
  const since = filter.since === "" ? USUAL_SINCE : filter.since;
  const usual = filter.until === "" && SPANS.some(([one]) => one === since);
  return (
    <select
      aria-label="Time"
      value={usual ? since : ""}
      onChange={({ currentTarget }) => {
        if (currentTarget.value !== "") {
          ask({ since: currentTarget.value === USUAL_SINCE ? "" : currentTarget.value, until: "" });
        }
      }}
    >
      {!usual && <option value="">{spanText(filter)}</option>}
      {SPANS.map(([one, label]) => (
        <option key={one} value={one}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** `10:00:00 – 11:30:00`. */
function spanText({ since, until }: Filter): string {
  return `${since === "" ? "…" : moment(since)} – ${until === "" ? "now" : moment(until)}`;
}

function moment(text: string): string {
  if (Number.isNaN(Date.parse(text))) return text;
  return isToday(text) ? clock(text, false) : `${day(text)} ${clock(text, false)}`;
}

/** The span in words, for sentences: `in the last 24 hours`. */
export function spanPhrase(filter: Filter): string {
  if (filter.until !== "") return "in this time";
  const since = filter.since === "" ? USUAL_SINCE : filter.since;
  const label = SPANS.find(([one]) => one === since)?.[1];
  return label === undefined ? "since then" : since === EVER ? "yet" : `in the ${label.toLowerCase()}`;
}
