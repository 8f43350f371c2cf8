import type { RuleRow } from "../../src/api/schemas/rule.ts";
import { priorities } from "../../src/rule/rule.ts";

/** Filter and order of the list of rules, in the form of URL parameters. Empty values match all rules. */
export interface RuleFilter {
  readonly text: string;
  readonly source: string;
  readonly tag: string;
  readonly state: RuleState | "";
  /** Start of the time range of the sparklines, such as `7d`; empty: the default. */
  readonly since: string;
  readonly order: Column;
  readonly descending: boolean;
}

export type RuleState = "enabled" | "disabled" | "shadow" | "fired" | "silent";
export type Column = "name" | "priority" | "source" | "hits" | "lastHit" | "nanoseconds";

const STATES: Readonly<Record<RuleState, (rule: RuleRow) => boolean>> = {
  enabled: ({ enabled }) => enabled,
  disabled: ({ enabled, shadow }) => !enabled && !shadow,
  shadow: ({ shadow }) => shadow,
  fired: ({ hits }) => hits > 0,
  silent: ({ hits, enabled }) => enabled && hits === 0,
};

/** Sort keys of the columns. Rules without a value are last in both orders. */
const KEYS: Readonly<Record<Column, (rule: RuleRow) => string | number | undefined>> = {
  name: ({ name }) => name.toLowerCase(),
  priority: ({ priority }) => priorities.indexOf(priority),
  source: ({ source }) => source,
  hits: ({ hits }) => hits,
  lastHit: ({ lastHit }) => lastHit ?? undefined,
  nanoseconds: ({ nanoseconds }) => nanoseconds,
};

/** Columns that are first sorted in descending order. */
const DESCENDING_FIRST: ReadonlySet<Column> = new Set<Column>(["hits", "lastHit", "nanoseconds"]);

export function ruleFilterOf(parameters: URLSearchParams): RuleFilter {
  const state = parameters.get("state") ?? "";
  const order = parameters.get("order") ?? "";
  const column = isColumn(order) ? order : "name";
  return {
    text: parameters.get("text") ?? "",
    source: parameters.get("source") ?? "",
    tag: parameters.get("tag") ?? "",
    state: isState(state) ? state : "",
    since: parameters.get("since") ?? "",
    order: column,
    descending: parameters.has("descending"),
  };
}

function isState(text: string): text is RuleState {
  return Object.hasOwn(STATES, text);
}

function isColumn(text: string): text is Column {
  return Object.hasOwn(KEYS, text);
}

/** Returns the URL of a filter. */
export function addressOf({ text, source, tag, state, since, order, descending }: RuleFilter): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ text, source, tag, state, since }))
    if (value !== "") parameters.set(name, value);
  if (order !== "name") parameters.set("order", order);
  if (descending) parameters.set("descending", "");
  return parameters.size === 0 ? "/rules" : `/rules?${parameters}`;
}

/** Sorts by a column, or reverses the order if that column is already sorted. */
export function sortedBy(filter: RuleFilter, order: Column): RuleFilter {
  const descending = filter.order === order ? !filter.descending : DESCENDING_FIRST.has(order);
  return { ...filter, order, descending };
}

/** Returns the rules that match the filter, in the order that the filter specifies. */
export function filteredRules(rules: readonly RuleRow[], filter: RuleFilter): readonly RuleRow[] {
  const { source, tag, state, order, descending } = filter;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const key = KEYS[order];
  return rules
    .filter((rule) => {
      const searched = `${rule.name}\n${rule.description}\n${rule.tags.join(" ")}\n${rule.file}`.toLowerCase();
      return (
        words.every((word) => searched.includes(word)) &&
        (source === "" || rule.source === source) &&
        (tag === "" || rule.tags.includes(tag)) &&
        (state === "" || STATES[state](rule))
      );
    })
    .sort(
      (one, other) => compare(key(one), key(other), descending) || compare(KEYS.name(one), KEYS.name(other), false),
    );
}

function compare(one: string | number | undefined, other: string | number | undefined, descending: boolean): number {
  if (one === other) return 0;
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  return one < other !== descending ? -1 : 1;
}
