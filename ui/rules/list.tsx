import type { JSX } from "preact";
import { useId, useMemo } from "preact/hooks";
import type { RulesOverTime } from "../../src/api/schemas/alert.ts";
import type { RuleRow } from "../../src/api/schemas/rule.ts";
import { PriorityMark } from "../alerts/priority.tsx";
import { api } from "../api/client.ts";
import { DEFAULT_SINCE, NO_FILTER } from "../filter/filter.ts";
import { rangePhrase, TIME_RANGES } from "../filter/filter-bar.tsx";
import { type Resource, useResource } from "../shell/resource.ts";
import { navigate, parameters } from "../shell/router.ts";
import { ago } from "../text/clock.ts";
import { Incomplete } from "../text/incomplete.tsx";
import { integer, quantity } from "../text/number.ts";
import { Untrusted } from "../text/untrusted.tsx";
import { visible } from "../text/visible.ts";
import { addressOf, type Column, filteredRules, type RuleFilter, ruleFilterOf, sortedBy } from "./rule-filter.ts";
import { Sparkline } from "./sparkline.tsx";

const COLUMNS: readonly {
  readonly column: Column;
  readonly label: string;
  readonly number?: true;
  readonly title?: string;
}[] = [
  { column: "name", label: "Rule" },
  { column: "priority", label: "Priority" },
  { column: "source", label: "Source" },
  { column: "hits", label: "Hits", number: true, title: "Alerts in the last 24 hours" },
  { column: "lastHit", label: "Last hit", number: true },
  { column: "nanoseconds", label: "Cost", number: true, title: "Mean evaluation time per event" },
];

/** Filterable and sortable table of rules. */
export function RuleList({ rules }: { readonly rules: readonly RuleRow[] }): JSX.Element {
  const filter = ruleFilterOf(parameters.value);
  const shown = filteredRules(rules, filter);
  const hasCosts = rules.some(({ nanoseconds }) => nanoseconds !== undefined);
  const columns = COLUMNS.filter(({ column }) => column !== "nanoseconds" || hasCosts);
  // Fetched after the list, so that the list does not wait for it.
  const range = { ...NO_FILTER, since: sinceOf(filter) };
  const overTime = useResource(`since ${range.since}`, (signal) => api.rulesOverTime(range, signal)).value;
  const countsByRule = useMemo(
    () => new Map(overTime.value?.rules.map(({ rule, counts }) => [rule, counts])),
    [overTime.value],
  );
  return (
    <>
      <FilterForm rules={rules} filter={filter} />
      <p class="muted" role="status">
        {shown.length === rules.length
          ? quantity(rules.length, "rule")
          : `${integer(shown.length)} of ${quantity(rules.length, "rule")}`}
      </p>
      <OverTimeState overTime={overTime} />
      <div class="panel scroll">
        <table class="lined rules">
          <caption class="visually-hidden">Loaded rules</caption>
          <thead>
            <tr>
              {columns.map(({ column, label, number, title }) => (
                <th
                  key={column}
                  scope="col"
                  class={number ? "number" : undefined}
                  aria-sort={filter.order === column ? (filter.descending ? "descending" : "ascending") : undefined}
                >
                  <button
                    type="button"
                    class="plain"
                    title={title}
                    onClick={() => navigate(addressOf(sortedBy(filter, column)), "replace")}
                  >
                    {label}
                    <span aria-hidden="true" class="arrow">
                      {filter.order === column ? (filter.descending ? "▼" : "▲") : ""}
                    </span>
                  </button>
                </th>
              ))}
              <th scope="col" class="plain-heading" title="Each rule has its own scale">
                Alerts{rangePhrase(range)}
              </th>
              <th scope="col" class="plain-heading">
                Tags
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((rule) => (
              <Row
                key={rule.name}
                rule={rule}
                filter={filter}
                hasCosts={hasCosts}
                overTime={overTime.value}
                counts={countsByRule.get(rule.name)}
              />
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p class="muted empty">No rules match.</p>}
      </div>
    </>
  );
}

interface RowProps {
  readonly rule: RuleRow;
  readonly filter: RuleFilter;
  readonly hasCosts: boolean;
  readonly overTime: RulesOverTime | undefined;
  /** Alerts of the rule over time; undefined if there are none. */
  readonly counts: readonly number[] | undefined;
}

function Row({ rule, filter, hasCosts, overTime, counts }: RowProps): JSX.Element {
  const { name, priority, source, hits, lastHit, nanoseconds, tags, enabled } = rule;
  return (
    <tr class={enabled ? undefined : "off"}>
      <th scope="row">
        <a href={`/rules/${encodeURIComponent(name)}`}>
          <Untrusted text={name} />
        </a>
        {!enabled && <span class="tag">disabled</span>}
      </th>
      <td>
        <PriorityMark priority={priority} />
      </td>
      <td>
        <Untrusted text={source} />
      </td>
      <td class="number">{hits === 0 ? <span class="muted">0</span> : integer(hits)}</td>
      <td class="number last-hit">
        {lastHit === null ? (
          <span class="muted">–</span>
        ) : (
          <time dateTime={lastHit} title={lastHit}>
            {ago(lastHit)}
          </time>
        )}
      </td>
      {hasCosts && (
        <td class="number">
          {nanoseconds === undefined ? <span class="muted">–</span> : `${integer(nanoseconds)} ns`}
        </td>
      )}
      <td class="over-time-of-rule">
        {overTime !== undefined &&
          (counts === undefined ? (
            <span class="muted">{overTime.more ? "–" : "0"}</span>
          ) : (
            <Sparkline counts={counts} steps={overTime} />
          ))}
      </td>
      <td>
        <ul class="tags-of-rule">
          {tags.map((tag) => (
            <li key={tag}>
              <a class="tag" href={addressOf({ ...filter, tag: filter.tag === tag ? "" : tag })}>
                <Untrusted text={tag} />
              </a>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

/** The start of the time range of the sparklines. */
function sinceOf({ since }: RuleFilter): string {
  return TIME_RANGES.some(([known]) => known === since) ? since : DEFAULT_SINCE;
}

/** States that the numbers of alerts over time are missing or incomplete. */
function OverTimeState({ overTime: { value, failure } }: { readonly overTime: Resource<RulesOverTime> }): JSX.Element {
  return (
    <>
      {failure !== undefined && (
        <p class="failure" role="alert">
          <Untrusted text={failure} />
        </p>
      )}
      {value?.complete === false && (
        <p>
          Alerts over time: <Incomplete {...value} />
        </p>
      )}
      {value?.more === true && (
        <p class="muted">
          Alerts over time are shown for the {quantity(value.rules.length, "rule")} with the most alerts.
        </p>
      )}
    </>
  );
}

const STATES: readonly (readonly [RuleFilter["state"], string])[] = [
  ["", "All states"],
  ["enabled", "Enabled"],
  ["disabled", "Disabled"],
  ["fired", "Hits (24 h)"],
  ["silent", "No hits (24 h)"],
];

interface FilterFormProps {
  readonly rules: readonly RuleRow[];
  readonly filter: RuleFilter;
}

function FilterForm({ rules, filter }: FilterFormProps): JSX.Element {
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
