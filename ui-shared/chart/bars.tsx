import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { clock } from "../text/clock.ts";
import { compact } from "../text/number.ts";
import { roundUp } from "./axis.ts";
import { useWidth } from "./use-width.ts";

const HEIGHT = 64;
/** Space to the left of the bars for labels, and above and below the bars, in pixels. */
const LEFT = 44;
const TOP = 6;
const BOTTOM = 16;

/** A value at a time, in milliseconds since the epoch. */
export interface BarValue {
  readonly at: number;
  readonly value: number;
}

interface BarChartProps {
  readonly title: string;
  /** All values in a few words. */
  readonly summary: string;
  readonly bars: readonly BarValue[];
  /** Class that sets the color. */
  readonly fill: string;
}

/** A small chart of values in equal intervals. */
export function BarChart({ title, summary, bars, fill }: BarChartProps): JSX.Element {
  const [ref, width] = useWidth();
  const caption = useId();
  const maximum = roundUp(Math.max(0, ...bars.map(({ value }) => value)));
  const barWidth = Math.max(0, width - LEFT) / bars.length;
  const plot = HEIGHT - TOP - BOTTOM;
  const gap = barWidth > 4 ? 1 : 0;
  const [first, last] = [bars[0], bars.at(-1)];
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
          {bars.map(({ at, value }, i) => {
            const height = value === 0 ? 0 : Math.max(2, (value / maximum) * plot);
            return height === 0 ? null : (
              <rect
                key={at}
                class={fill}
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
