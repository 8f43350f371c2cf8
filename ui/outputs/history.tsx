import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { OutputDetail } from "../../src/api/schemas/output.ts";
import { roundUp } from "../chart/axis.ts";
import { useWidth } from "../chart/use-width.ts";
import { Scroll } from "../shell/scroll.tsx";
import { clock, durationText } from "../text/clock.ts";
import { compact, integer, quantity } from "../text/number.ts";
import { Time } from "../text/time.tsx";
import { type Bucket, bucketsOf } from "./buckets.ts";

const HEIGHT = 64;
/** Space left of the bars for the labels, and above and below them, in pixels. */
const LEFT = 44;
const TOP = 6;
const BOTTOM = 16;

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
  /** All values in a few words. */
  readonly summary: string;
}

function Chart({ title, kind, buckets, summary }: ChartProps): JSX.Element {
  const [ref, width] = useWidth();
  const caption = useId();
  const maximum = roundUp(Math.max(...buckets.map((bucket) => bucket[kind])));
  const barWidth = Math.max(0, width - LEFT) / buckets.length;
  const plot = HEIGHT - TOP - BOTTOM;
  const gap = barWidth > 4 ? 1 : 0;
  const [first, last] = [buckets[0], buckets.at(-1)];
  return (
    <figure ref={ref} aria-labelledby={caption}>
      <figcaption id={caption}>
        <b>{title}</b> <span class="muted">{summary}</span>
      </figcaption>
      {width > LEFT && (
        <svg width={width} height={HEIGHT} aria-hidden="true">
          <g class="axis">
            <line x1={LEFT} x2={width} y1={TOP + plot} y2={TOP + plot} />
            <text x={LEFT - 6} y={TOP + 6} text-anchor="end">
              {compact(maximum)}
            </text>
            <text x={LEFT - 6} y={TOP + plot + 3} text-anchor="end">
              0
            </text>
            {first !== undefined && (
              <text x={LEFT} y={HEIGHT - 2}>
                {timeText(first.at)}
              </text>
            )}
            {last !== undefined && (
              <text x={width} y={HEIGHT - 2} text-anchor="end">
                {timeText(last.at)}
              </text>
            )}
          </g>
          {buckets.map((bucket, i) => {
            const height = bucket[kind] === 0 ? 0 : Math.max(2, (bucket[kind] / maximum) * plot);
            return height === 0 ? null : (
              <rect
                key={bucket.at}
                class={`fill-output-${kind}`}
                x={LEFT + i * barWidth}
                y={TOP + plot - height}
                width={Math.max(1, barWidth - gap)}
                height={height}
              />
            );
          })}
        </svg>
      )}
    </figure>
  );
}

function timeText(at: number): string {
  return clock(new Date(at).toISOString(), false).slice(0, 5);
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
