import type { JSX } from "preact";
import type { RulesOverTime } from "../../src/api/schemas/alert.ts";
import { clock, day, durationText } from "../text/clock.ts";
import { compact, integer, quantity } from "../text/number.ts";
import { HEIGHT, sparklinePath, WIDTH } from "./sparkline-path.ts";

/** The intervals of a sparkline. */
export type SparklineSteps = Pick<RulesOverTime, "from" | "step">;

interface SparklineProps {
  readonly counts: readonly number[];
  readonly steps: SparklineSteps;
  /** Whether the view shows the number of alerts elsewhere. */
  readonly withoutTotal?: true;
}

/** Alerts of a rule or a group over time, with their number. Each sparkline has its own scale. */
export function Sparkline({ counts, steps, withoutTotal }: SparklineProps): JSX.Element {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return (
    <span class="sparkline">
      <svg
        role="img"
        aria-label={spoken(counts, total, steps)}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        width={WIDTH}
        height={HEIGHT}
      >
        <path class="sparkline-base" d={`M0 ${HEIGHT - 0.5}h${WIDTH}`} />
        <path class="sparkline-bars" d={sparklinePath(counts)} />
      </svg>
      {!withoutTotal && <span aria-hidden="true">{compact(total)}</span>}
    </span>
  );
}

/** The total and the highest interval of a sparkline in words. */
function spoken(counts: readonly number[], total: number, { from, step }: SparklineSteps): string {
  const peak = Math.max(...counts);
  const at = new Date(Date.parse(from) + counts.indexOf(peak) * step * 1000).toISOString();
  return `${quantity(total, "alert")}, peak of ${integer(peak)} in ${durationText(step)}, starting at ${day(at)} ${clock(at, false)}`;
}
