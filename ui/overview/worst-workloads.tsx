import type { JSX } from "preact";
import type { GroupPage } from "../../src/api/schemas/group.ts";
import type { Priority } from "../../src/rule/rule.ts";
import { narrowed } from "../../ui-shared/filter/compose.ts";
import { type Filter, filtered } from "../../ui-shared/filter/filter.ts";
import { Incomplete } from "../../ui-shared/text/incomplete.tsx";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { AnswerPanel } from "./answer-panel.tsx";
import { workloadCounts } from "./workload-counts.ts";

const MAX_WORKLOADS = 5;

interface WorstWorkloadsProps {
  /** The highest priority of open alerts. */
  readonly priority: Priority;
  /** Selects the open alerts of this priority. */
  readonly filter: Filter;
  /** The first page of their groups. */
  readonly page: GroupPage;
}

/** The workloads with the most open alerts of the highest priority. */
export function WorstWorkloads({
  priority,
  filter,
  page: { groups, next, ...searched },
}: WorstWorkloadsProps): JSX.Element {
  const workloads = workloadCounts(groups);
  return (
    <AnswerPanel title={`Workloads or processes with open ${priority} alerts`}>
      <ul class="answer-list">
        {workloads.slice(0, MAX_WORKLOADS).map(({ key, count, rules, query }) => (
          <li key={query}>
            <a href={filtered("/alerts", { ...filter, query: narrowed(filter.query, query) })}>
              <Untrusted text={key} empty="No workload" />
            </a>
            <span class="muted">{quantity(rules, "rule")}</span>
            <span class="number">{integer(count)}</span>
          </li>
        ))}
      </ul>
      {workloads.length > MAX_WORKLOADS && (
        <p class="muted note">And {integer(workloads.length - MAX_WORKLOADS)} more.</p>
      )}
      {next !== null && (
        <p class="muted note">Includes only the {integer(groups.length)} groups with the newest alerts.</p>
      )}
      <p class="muted note">
        <Incomplete {...searched} />
      </p>
    </AnswerPanel>
  );
}
