import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { OverTime } from "../../src/api/schemas/alert.ts";
import { type Priority, priorities } from "../../src/rule/rule.ts";
import { clock, day } from "../text/clock.ts";
import { compact, integer, quantity } from "../text/number.ts";
import { roundUp, timeLabels } from "./bars.ts";

interface OverTimeChartProps {
  readonly data: OverTime;
  readonly height: number;
  /** Called with the times that were chosen by a click or a drag. */
  readonly choose: (since: string, until: string) => void;
}

const LEFT = 44;
const BOTTOM = 18;
const TOP = 6;

/** How much room an element has, in pixels. */
function useWidth(): [(element: HTMLElement | null) => void, number] {
  const width = useSignal(0);
  const watched = useRef<ResizeObserver>(undefined);
  useEffect(() => () => watched.current?.disconnect(), []);
  const watch = useRef((element: HTMLElement | null) => {
    watched.current?.disconnect();
    if (element === null) return;
    watched.current = new ResizeObserver(([entry]) => {
      width.value = Math.round(entry.contentRect.width);
    });
    watched.current.observe(element);
  });
  return [watch.current, width.value];
}

/** Alerts over time, stacked by priority, the gravest at the foot. A drag or the arrow keys choose a stretch of time. */
export function OverTimeChart({ data, height, choose }: OverTimeChartProps): JSX.Element {
  const [measure, width] = useWidth();
  const pointed = useSignal<number | undefined>(undefined);
  const dragged = useSignal<number | undefined>(undefined);
  const from = Date.parse(data.from);
  const buckets = data.series[0]?.counts.length ?? 0;
  const totals = Array.from({ length: buckets }, (_, i) => data.series.reduce((sum, { counts }) => sum + counts[i], 0));
  const top = roundUp(Math.max(0, ...totals));
  const inner = Math.max(0, width - LEFT);
  const room = height - BOTTOM - TOP;
  const step = buckets === 0 ? 0 : inner / buckets;
  const y = (count: number): number => TOP + room - (count / top) * room;
  const stack = [...data.series].sort((a, b) => priorities.indexOf(a.priority) - priorities.indexOf(b.priority));
  const timeOf = (bucket: number): number => from + bucket * data.step * 1000;
  const bucketAt = (event: PointerEvent): number => {
    if (!(event.currentTarget instanceof Element)) return 0;
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(buckets - 1, Math.floor((event.clientX - box.left - LEFT) / step)));
  };
  const chooseStretch = (one: number, other: number): void => {
    const [first, last] = one < other ? [one, other] : [other, one];
    choose(new Date(timeOf(first)).toISOString(), new Date(timeOf(last + 1)).toISOString());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const at = pointed.value ?? (step > 0 ? -1 : buckets);
    if (step !== 0) {
      if (event.shiftKey) dragged.value ??= Math.max(0, Math.min(buckets - 1, at));
      else dragged.value = undefined;
      pointed.value = Math.max(0, Math.min(buckets - 1, at + step));
    } else if (event.key === "Enter" && pointed.value !== undefined) {
      chooseStretch(dragged.value ?? pointed.value, pointed.value);
      dragged.value = undefined;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const places =
    inner > 0
      ? timeLabels(from, timeOf(buckets), Math.max(2, Math.floor(inner / 90)), new Date().getTimezoneOffset())
      : [];
  const total = totals.reduce((sum, count) => sum + count, 0);
  const marked = pointed.value;
  return (
    <figure class="over-time" ref={measure}>
      <div
        class="plot"
        role="slider"
        tabIndex={0}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, buckets - 1)}
        aria-valuenow={marked ?? 0}
        aria-valuetext={
          marked === undefined ? "nothing chosen" : `${momentOf(timeOf(marked))}: ${quantity(totals[marked], "alert")}`
        }
        aria-label={`Alerts over time: ${quantity(total, "alert")}, at most ${integer(Math.max(0, ...totals))} in ${data.step} s. Arrow keys move, Shift chooses a stretch, Enter narrows to it.`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          dragged.value = bucketAt(event);
        }}
        onPointerMove={(event) => {
          pointed.value = bucketAt(event);
        }}
        onPointerLeave={() => {
          if (dragged.value === undefined) pointed.value = undefined;
        }}
        onPointerUp={(event) => {
          if (dragged.value !== undefined) chooseStretch(dragged.value, bucketAt(event));
          dragged.value = undefined;
        }}
        onBlur={() => {
          pointed.value = undefined;
          dragged.value = undefined;
        }}
      >
        <svg width={width} height={height} aria-hidden="true">
          {[0, 0.5, 1]
            .map((share) => share * top)
            .filter((count) => Number.isInteger(count))
            .map((count) => (
              <g key={count} class="axis">
                <line x1={LEFT} x2={width} y1={y(count)} y2={y(count)} />
                <text x={LEFT - 6} y={y(count) + 4} text-anchor="end">
                  {compact(count)}
                </text>
              </g>
            ))}
          {inner > 0 &&
            places.map((at) => (
              <text
                key={at}
                class="axis"
                text-anchor={LEFT + ((at - from) / 1000 / data.step) * step > width - 24 ? "end" : "middle"}
                x={LEFT + ((at - from) / 1000 / data.step) * step}
                y={height - 4}
              >
                {label(at, data.step, (places[1] ?? at) - places[0])}
              </text>
            ))}
          {marked !== undefined && (
            <rect
              class="pointed"
              x={LEFT + Math.min(marked, dragged.value ?? marked) * step}
              width={(Math.abs(marked - (dragged.value ?? marked)) + 1) * step}
              y={TOP}
              height={room}
            />
          )}
          {totals.map(
            (count, bucket) =>
              count > 0 && <Bar key={bucket} x={LEFT + bucket * step} width={step} {...{ stack, bucket, y }} />,
          )}
        </svg>
      </div>
      <figcaption aria-live="polite">
        {marked === undefined ? (
          <Legend stack={stack} />
        ) : (
          <span>
            <b>{momentOf(timeOf(marked))}</b>
            {` ${quantity(totals[marked], "alert")}`}
            {stack
              .filter(({ counts }) => counts[marked] > 0)
              .map(({ priority, counts }) => ` · ${priority} ${integer(counts[marked])}`)}
          </span>
        )}
      </figcaption>
    </figure>
  );
}

interface BarProps {
  readonly x: number;
  readonly width: number;
  readonly stack: OverTime["series"];
  readonly bucket: number;
  readonly y: (count: number) => number;
}

function Bar({ x, width, stack, bucket, y }: BarProps): JSX.Element {
  let below = 0;
  const gap = width > 4 ? 1 : 0;
  return (
    <g>
      {stack.map(({ priority, counts }) => {
        const foot = y(below);
        below += counts[bucket];
        const height = foot - y(below);
        return counts[bucket] > 0 ? (
          <rect
            key={priority}
            class={`fill-${priority.toLowerCase()}`}
            x={x}
            y={foot - Math.max(height, 1)}
            width={Math.max(1, width - gap)}
            height={Math.max(height, 1)}
          />
        ) : null;
      })}
    </g>
  );
}

function Legend({ stack }: { readonly stack: OverTime["series"] }): JSX.Element {
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  const present = stack.filter(({ counts }) => sum(counts) > 0);
  if (present.length === 0) return <span class="quiet">No alerts</span>;
  return (
    <>
      {present.map(({ priority, counts }) => (
        <span key={priority} class="chart-legend">
          <Swatch priority={priority} />
          {`${priority} ${integer(sum(counts))}`}
        </span>
      ))}
    </>
  );
}

export function Swatch({ priority }: { readonly priority: Priority }): JSX.Element {
  return (
    <svg class={`swatch fill-${priority.toLowerCase()}`} width="9" height="9" aria-hidden="true">
      <rect width="9" height="9" rx="2" />
    </svg>
  );
}

function momentOf(at: number): string {
  const iso = new Date(at).toISOString();
  return `${day(iso)} ${clock(iso, false)}`;
}

const DAY = 86_400;

/** @param apart milliseconds from one label to the next */
function label(at: number, step: number, apart: number): string {
  const iso = new Date(at).toISOString();
  const time = clock(iso, false);
  if (step >= DAY / 8 || time === "00:00:00") return day(iso).slice(5);
  return apart < 60_000 ? time : time.slice(0, 5);
}
