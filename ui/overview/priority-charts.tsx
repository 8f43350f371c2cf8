import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { OverTime } from "../../src/api/schemas/alert.ts";
import { priorities } from "../../src/rule/rule.ts";
import { OverTimeChart } from "../../ui-shared/chart/over-time.tsx";
import { Scroll } from "../../ui-shared/page/scroll.tsx";
import { integer } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";

const HEIGHT = 84;

export interface PriorityChartsProps {
  readonly data: OverTime;
  readonly select: (since: string, until: string) => void;
}

/**
 * One chart per priority, each with its own scale, so that a few severe alerts are visible beside many others; and all
 * counts as a table.
 */
export function PriorityCharts({ data, select }: PriorityChartsProps): JSX.Element {
  const isOpen = useSignal(false);
  const present = priorities.flatMap((priority) =>
    data.series.filter((one) => one.priority === priority && one.counts.some((count) => count > 0)),
  );
  if (present.length === 0) return <p class="muted nothing">No alerts</p>;
  return (
    <div class="priority-charts">
      {present.map((one) => (
        <OverTimeChart
          key={one.priority}
          data={{ ...data, series: [one] }}
          height={HEIGHT}
          subject={`${one.priority} alerts`}
          select={select}
        />
      ))}
      <details onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
        <summary>Show as table</summary>
        {isOpen.value && <CountTable data={{ ...data, series: present }} />}
      </details>
    </div>
  );
}

/** The intervals with alerts, newest first. */
function CountTable({ data: { from, step, series } }: { readonly data: OverTime }): JSX.Element {
  const [first] = series;
  const rows = (first?.counts ?? [])
    .map((_, bucket) => ({
      time: new Date(Date.parse(from) + bucket * step * 1000).toISOString(),
      counts: series.map(({ counts }) => counts[bucket] ?? 0),
    }))
    .filter(({ counts }) => counts.some((count) => count > 0));
  return (
    <Scroll>
      <table class="lined">
        <thead>
          <tr>
            <th scope="col">Start</th>
            {series.map(({ priority }) => (
              <th key={priority} scope="col" class="number">
                {priority}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map(({ time, counts }) => (
            <tr key={time}>
              <th scope="row" class="nowrap">
                <Time iso={time} milliseconds={false} />
              </th>
              {counts.map((count, i) => (
                <td key={i} class="number">
                  {integer(count)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
