import type { ComponentChildren, JSX } from "preact";
import { heatLabel } from "./heat.ts";

interface HeatLegendProps {
  /** Name of the list for screen readers. */
  readonly label: string;
  readonly steps: readonly number[];
  /** Additional items of the list. */
  readonly children?: ComponentChildren;
}

/** Legend of a heat scale: the color and the counts of each step. */
export function HeatLegend({ label, steps, children }: HeatLegendProps): JSX.Element {
  return (
    <ul class="heat-legend" aria-label={label}>
      {children}
      {steps.map((least, i) => (
        <li key={least}>
          <span class={`sample heat-${i + 1}`} aria-hidden="true" /> {heatLabel(i + 1, steps)}
        </li>
      ))}
    </ul>
  );
}
