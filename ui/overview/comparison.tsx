import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Counts } from "../../src/api/schemas/alert.ts";
import { priorities } from "../../src/rule/rule.ts";
import { countTogether } from "../../ui-shared/api/count-together.ts";
import { status } from "../../ui-shared/api/live.ts";
import { comparison, narrowed } from "../../ui-shared/filter/compose.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";
import { rangePhrase } from "../../ui-shared/filter/filter-bar.tsx";
import { useResource } from "../../ui-shared/page/resource.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { integer } from "../../ui-shared/text/number.ts";
import { PriorityMark } from "../../ui-shared/text/priority.tsx";
import { Time } from "../../ui-shared/text/time.tsx";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { AnswerPanel } from "./answer-panel.tsx";
import { type Change, changesOf, changeText, firstOf, MAX_VALUES } from "./compare.ts";
import { periodsOf } from "./period.ts";

/** Minimum time between two comparisons, in milliseconds. Each needs five counts. */
const REFRESH_INTERVAL = 10_000;
/** Maximum number of rules per panel. */
const MAX_RULES = 5;

/** Counts of a period, of the previous one, and of all earlier alerts. */
interface Compared {
  readonly now: Counts;
  readonly before: Counts;
  readonly rules: Counts;
  readonly rulesBefore: Counts;
  readonly rulesEarlier: Counts;
  /** Start of the previous period. */
  readonly since: string;
}

interface ComparisonProps {
  readonly filter: Filter;
  /** The counts are fetched again when this changes. */
  readonly version: number;
}

/**
 * Comparison with the previous period of equal length: alerts by priority, rules with the largest change in alerts, and
 * rules that raised their first alert. Not shown for all time.
 */
export function Comparison({ filter, version }: ComparisonProps): JSX.Element | null {
  const key = periodsOf(filter) === undefined ? "" : filtered("compared", filter);
  const { value, failure } = useResource(key, (signal) => fetchCompared(filter, signal), useSlowly(version)).value;
  if (key === "") return null;
  if (value === undefined) {
    return (
      <AnswerPanel title="Compared with the previous period">
        <p class="muted nothing">{failure ?? "Loading…"}</p>
      </AnswerPanel>
    );
  }
  if (value.now.total === 0 && value.before.total === 0) return null;
  return (
    <>
      <ByPriority {...value} />
      <Movers {...value} filter={filter} />
      <FirstAlerts {...value} filter={filter} />
    </>
  );
}

async function fetchCompared(filter: Filter, signal: AbortSignal): Promise<Compared | undefined> {
  const periods = periodsOf(filter);
  if (periods === undefined) return undefined;
  const { current, previous, earlier } = periods;
  const [now, before, rules, rulesBefore, rulesEarlier] = await Promise.all([
    countTogether(current, "priority", priorities.length, signal),
    countTogether(previous, "priority", priorities.length, signal),
    countTogether(current, "rule", MAX_VALUES, signal),
    countTogether(previous, "rule", MAX_VALUES, signal),
    countTogether(earlier, "rule", MAX_VALUES, signal),
  ]);
  return { now, before, rules, rulesBefore, rulesEarlier, since: previous.since };
}

/** Returns a version that follows another one with at least {@link REFRESH_INTERVAL} between changes. */
function useSlowly(version: number): number {
  const slow = useSignal({ version, at: Date.now() });
  useEffect(() => {
    const { version: shown, at } = slow.peek();
    if (shown === version) return;
    const timer = setTimeout(
      () => {
        slow.value = { version, at: Date.now() };
      },
      Math.max(0, at + REFRESH_INTERVAL - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [version]);
  return slow.value.version;
}

function ByPriority({ now, before, since }: Compared): JSX.Element {
  const changes = changesOf(now.counts, before.counts);
  const rows = priorities.flatMap((priority) => changes.filter(({ value }) => value === priority));
  return (
    <AnswerPanel title="Compared with the previous period">
      <table class="changes">
        <thead>
          <tr>
            <th scope="col">Priority</th>
            <th scope="col" class="number">
              Now
            </th>
            <th scope="col" class="number">
              Before
            </th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          <ChangeRow change={{ value: "All", now: now.total, before: before.total }} />
          {rows.map((change) => (
            <ChangeRow key={change.value} change={change} />
          ))}
        </tbody>
      </table>
      <p class="muted note">
        Before: from <Time iso={since} milliseconds={false} /> to the start of the period.
      </p>
      <Limits counts={[now, before]} since={since} />
    </AnswerPanel>
  );
}

function ChangeRow({ change }: { readonly change: Change }): JSX.Element {
  const { value, now, before } = change;
  const priority = priorities.find((one) => one === value);
  return (
    <tr>
      <th scope="row">{priority === undefined ? value : <PriorityMark priority={priority} />}</th>
      <td class="number">{integer(now)}</td>
      <td class="number">{integer(before)}</td>
      <td>
        <ChangeText {...change} />
      </td>
    </tr>
  );
}

/** A change as an arrow and text. */
function ChangeText(change: Change): JSX.Element {
  const { now, before } = change;
  return (
    <span class={now > before ? "bad" : now < before ? "good" : "muted"}>
      <span aria-hidden="true">{now > before ? "▲" : now < before ? "▼" : "="}</span> {changeText(change)}
    </span>
  );
}

interface RulesProps extends Compared {
  readonly filter: Filter;
}

/** The rules whose number of alerts changed most. */
function Movers({ rules, rulesBefore, since, filter }: RulesProps): JSX.Element {
  const changes = changesOf(rules.counts, rulesBefore.counts).filter(({ now, before }) => now !== before);
  return (
    <AnswerPanel title="Rules with the largest change in alerts">
      {changes.length === 0 ? (
        <p class="muted nothing">No rule's alert count has changed.</p>
      ) : (
        <ul class="answer-list">
          {changes.slice(0, MAX_RULES).map((change) => (
            <li key={change.value}>
              <RuleLink rule={change.value} filter={filter} />
              <span class="muted">
                {integer(change.before)} → {integer(change.now)}
              </span>
              <ChangeText {...change} />
            </li>
          ))}
        </ul>
      )}
      <Limits counts={[rules, rulesBefore]} since={since} />
    </AnswerPanel>
  );
}

/** The rules that have alerts in the period, and none before. */
function FirstAlerts({ rules, rulesEarlier, filter }: RulesProps): JSX.Element {
  const first = firstOf(rules.counts, rulesEarlier.counts);
  const oldest = status.value?.journal.oldest;
  return (
    <AnswerPanel title="Rules that raised their first alert">
      {first.length === 0 ? (
        <p class="muted nothing">
          {rules.counts.length === 0 ? "No alerts" : "All rules with alerts"}
          {rangePhrase(filter)}
          {rules.counts.length === 0 ? "." : " had alerts before."}
        </p>
      ) : (
        <ul class="answer-list">
          {first.slice(0, MAX_RULES).map(({ value, count }) => (
            <li key={value}>
              <RuleLink rule={value ?? ""} filter={filter} />
              <span class="number">{integer(count)}</span>
            </li>
          ))}
        </ul>
      )}
      {first.length > MAX_RULES && <p class="muted note">And {integer(first.length - MAX_RULES)} more.</p>}
      {first.length > 0 && oldest !== null && oldest !== undefined && rulesEarlier.complete !== false && (
        <p class="muted note">
          The oldest alert is from <Time iso={oldest} milliseconds={false} />.
        </p>
      )}
      <Limits counts={[rules, rulesEarlier]} />
    </AnswerPanel>
  );
}

function RuleLink({ rule, filter }: { readonly rule: string; readonly filter: Filter }): JSX.Element {
  return (
    <a href={filtered("/alerts", { ...filter, query: narrowed(filter.query, comparison("rule", rule)) })}>
      <Untrusted text={rule} />
    </a>
  );
}

interface LimitsProps {
  readonly counts: readonly Counts[];
  /** Start of the previous period, if it was counted. */
  readonly since?: string;
}

/** States why counts cannot be compared exactly: an incomplete count, or a period before the oldest alert. */
function Limits({ counts, since }: LimitsProps): JSX.Element | null {
  const incomplete = counts.find(({ complete }) => complete === false);
  const isCut = counts.some(({ counts: values }) => values.length >= MAX_VALUES);
  const oldest = status.value?.journal.oldest ?? undefined;
  const isYoung = since !== undefined && oldest !== undefined && Date.parse(oldest) > Date.parse(since);
  if (incomplete === undefined && !isCut && !isYoung) return null;
  return (
    <p class="muted note">
      {incomplete !== undefined && <Incomplete {...incomplete} />}
      {isCut && ` Compares only the ${integer(MAX_VALUES)} rules with the most alerts.`}
      {isYoung && (
        <>
          {" "}
          The oldest alert is from <Time iso={oldest} milliseconds={false} />, after the previous period began.
        </>
      )}
    </p>
  );
}
