import type { JSX } from "preact";
import type { OverTime } from "../../src/api/schemas/alert.ts";
import type { Priority } from "../../src/rule/rule.ts";
import { integer } from "../text/number.ts";

/** Legend of the chart: priorities with their number of alerts. */
export function Legend({ stack }: { readonly stack: OverTime["series"] }): JSX.Element {
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  const present = stack.filter(({ counts }) => sum(counts) > 0);
  if (present.length === 0) return <span class="muted">No alerts</span>;
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

/** Swatch in the color of a priority. */
export function Swatch({ priority }: { readonly priority: Priority }): JSX.Element {
  return (
    <svg class={`swatch fill-${priority.toLowerCase()}`} width="9" height="9" aria-hidden="true">
      <rect width="9" height="9" rx="2" />
    </svg>
  );
}
