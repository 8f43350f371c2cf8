import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { RulesOverTime } from "../../src/api/schemas/alert.ts";
import type { RuleRow } from "../../src/api/schemas/rule.ts";
import { api } from "../../ui-shared/api/client.ts";
import { Sparkline } from "../../ui-shared/chart/sparkline.tsx";
import { NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { rangePhrase } from "../../ui-shared/filter/filter-bar.tsx";
import { Cards } from "../../ui-shared/page/cards.tsx";
import { type Resource, useResource } from "../../ui-shared/page/resource.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { ago } from "../../ui-shared/text/clock.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { FilterForm, sinceOf } from "./filter-form.tsx";
import { addressOf, type Column, filteredRules, type RuleFilter, ruleFilterOf, sortedBy } from "./rule-filter.ts";

const COLUMNS: readonly {
  readonly column: Column;
  readonly label: string;
  readonly number?: true;
  readonly title?: string;
}[] = [
  { column: "name", label: "Rule" },
  { column: "priority", label: "Priority" },
  { column: "source", label: "Source" },
  { column: "hits", label: "Alerts (24 h)", number: true, title: "Alerts in the last 24 hours" },
  { column: "lastHit", label: "Last alert", number: true, title: "Last alert in the last 24 hours" },
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
      <div class="panel">
        <Cards>
          <table class="lined rules">
            <caption class="visually-hidden">Loaded rules</caption>
            <Headings filter={filter} columns={columns} range={rangePhrase(range)} />
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
        </Cards>
        {shown.length === 0 && <p class="muted empty">No rules match.</p>}
      </div>
    </>
  );
}

interface HeadingsProps {
  readonly filter: RuleFilter;
  readonly columns: typeof COLUMNS;
  /** The time range of the sparklines, as a phrase. */
  readonly range: string;
}

/** The headings, which sort the rules. In cards, the columns have short names. */
function Headings({ filter, columns, range }: HeadingsProps): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map(({ column, label, number, title }) => (
          <th
            key={column}
            scope="col"
            data-name={label}
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
        <th scope="col" data-name="Over time" class="plain-heading number" title="Each rule has its own scale">
          Alerts{range}
        </th>
        <th scope="col" class="plain-heading">
          Tags
        </th>
      </tr>
    </thead>
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
  const { name, priority, source, hits, lastHit, nanoseconds, tags, enabled, shadow, matches } = rule;
  return (
    <tr class={enabled ? undefined : "off"}>
      <th scope="row">
        <a href={`/rules/${encodeURIComponent(name)}`}>
          <Untrusted text={name} />
        </a>
        {shadow ? (
          <span class="tag" title="Matches since the agent started">
            shadow{matches !== undefined && `: ${quantity(matches, "match", "matches")}`}
          </span>
        ) : (
          !enabled && <span class="tag">disabled</span>
        )}
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
