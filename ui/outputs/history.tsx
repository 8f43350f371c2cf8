import type { JSX } from "preact";
import type { OutputDetail } from "../../src/api/schemas/output.ts";
import { BarChart } from "../../ui-shared/chart/bars.tsx";
import { Scroll } from "../../ui-shared/page/scroll.tsx";
import { durationText } from "../../ui-shared/text/clock.ts";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { Time } from "../../ui-shared/text/time.tsx";
import { type Bucket, bucketsOf } from "./buckets.ts";

/** Deliveries, failures and backlog of an output, as charts and as a table. */
export function DeliveryHistory({ history, interval }: OutputDetail): JSX.Element {
  const { buckets, step } = bucketsOf(history, interval, Date.now());
  const sum = (key: "delivered" | "failed"): number => buckets.reduce((total, bucket) => total + bucket[key], 0);
  const most = Math.max(0, ...buckets.map(({ waiting }) => waiting));
  const per = step === 60_000 ? "per minute" : `per ${durationText(step / 1000)}`;
  return (
    <div class="output-history">
      <Chart
        title={`Delivered ${per}`}
        kind="delivered"
        buckets={buckets}
        summary={quantity(sum("delivered"), "alert")}
      />
      <Chart title={`Failures ${per}`} kind="failed" buckets={buckets} summary={quantity(sum("failed"), "failure")} />
      <Chart title="Backlog" kind="waiting" buckets={buckets} summary={`maximum ${integer(most)}`} />
      <details>
        <summary>Show as table</summary>
        <HistoryTable history={history} />
      </details>
    </div>
  );
}

interface ChartProps {
  readonly title: string;
  readonly kind: "delivered" | "failed" | "waiting";
  readonly buckets: readonly Bucket[];
  readonly summary: string;
}

function Chart({ title, kind, buckets, summary }: ChartProps): JSX.Element {
  const bars = buckets.map((bucket) => ({ at: bucket.at, value: bucket[kind] }));
  return <BarChart title={title} summary={summary} bars={bars} fill={`fill-output-${kind}`} />;
}

/** The intervals in which anything happened, newest first. */
function HistoryTable({ history }: Pick<OutputDetail, "history">): JSX.Element {
  const rows = history.filter(({ delivered, retried, lost, waiting }) => delivered + retried + lost + waiting > 0);
  if (rows.length === 0) return <p class="muted">No deliveries and no failures.</p>;
  return (
    <Scroll>
      <table class="lined">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {["Delivered", "Retried", "Rejected", "Lost", "Backlog", "Lag"].map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map(({ time, delivered, retried, refused, lost, waiting, lag }) => (
            <tr key={time}>
              <th scope="row" class="nowrap">
                <Time iso={time} milliseconds={false} />
              </th>
              {[delivered, retried, refused, Math.max(0, lost - refused), waiting].map((value, i) => (
                <td key={i} class="number">
                  {integer(value)}
                </td>
              ))}
              <td class="number">{waiting === 0 ? "–" : durationText(lag)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
