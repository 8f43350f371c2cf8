import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { RuleRow } from "../../src/api/schemas/rule.ts";
import { DEFAULT_SINCE } from "../../ui-shared/filter/filter.ts";
import { TIME_RANGES } from "../../ui-shared/filter/filter-bar.tsx";
import { navigate } from "../../ui-shared/page/router.ts";
import { visible } from "../../ui-shared/text/visible.ts";
import { addressOf, type RuleFilter } from "./rule-filter.ts";

const STATES: readonly (readonly [RuleFilter["state"], string])[] = [
  ["", "All states"],
  ["enabled", "Enabled"],
  ["disabled", "Disabled"],
  ["shadow", "Shadow"],
  ["fired", "Alerts (24 h)"],
  ["silent", "No alerts (24 h)"],
];

interface FilterFormProps {
  readonly rules: readonly RuleRow[];
  readonly filter: RuleFilter;
}

/** Search and filters above the list of rules. */
export function FilterForm({ rules, filter }: FilterFormProps): JSX.Element {
  const id = useId();
  const change = (changed: Partial<RuleFilter>): void => navigate(addressOf({ ...filter, ...changed }), "replace");
  const sources = [...new Set(rules.map(({ source }) => source))].sort();
  const tags = [...new Set(rules.flatMap(({ tags }) => tags))].sort();
  return (
    <search class="rule-filter">
      <label class="visually-hidden" for={`${id}-text`}>
        Search name, description, tags or file
      </label>
      <input
        id={`${id}-text`}
        type="search"
        data-query
        placeholder="Search name, description, tags or file"
        value={filter.text}
        onInput={({ currentTarget }) => change({ text: currentTarget.value })}
      />
      <label class="visually-hidden" for={`${id}-source`}>
        Source
      </label>
      <select
        id={`${id}-source`}
        value={filter.source}
        onChange={({ currentTarget }) => change({ source: currentTarget.value })}
      >
        <option value="">All sources</option>
        {sources.map((source) => (
          <option key={source} value={source}>
            {visible(source)}
          </option>
        ))}
      </select>
      <label class="visually-hidden" for={`${id}-tag`}>
        Tag
      </label>
      <select
        id={`${id}-tag`}
        value={filter.tag}
        onChange={({ currentTarget }) => change({ tag: currentTarget.value })}
      >
        <option value="">All tags</option>
        {tags.map((tag) => (
          <option key={tag} value={tag}>
            {visible(tag)}
          </option>
        ))}
      </select>
      <label class="visually-hidden" for={`${id}-state`}>
        State
      </label>
      <select
        id={`${id}-state`}
        value={filter.state}
        onChange={({ currentTarget }) =>
          change({ state: STATES.find(([state]) => state === currentTarget.value)?.[0] ?? "" })
        }
      >
        {STATES.map(([state, label]) => (
          <option key={state} value={state}>
            {label}
          </option>
        ))}
      </select>
      <label class="visually-hidden" for={`${id}-since`}>
        Time range of the sparklines
      </label>
      <select
        id={`${id}-since`}
        value={sinceOf(filter)}
        onChange={({ currentTarget: { value } }) => change({ since: value === DEFAULT_SINCE ? "" : value })}
      >
        {TIME_RANGES.map(([since, label]) => (
          <option key={since} value={since}>
            {label}
          </option>
        ))}
      </select>
    </search>
  );
}

/** The start of the time range of the sparklines. */
export function sinceOf({ since }: RuleFilter): string {
  return TIME_RANGES.some(([known]) => known === since) ? since : DEFAULT_SINCE;
}
