import type { JSX } from "preact";
import type { Priority } from "../../src/rule/rule.ts";

/** A shape for each priority, around the origin, so that priorities do not differ only in color. */
const SHAPES: Readonly<Record<Priority, string>> = {
  Emergency: "M-3,-7H3L7,-3V3L3,7H-3L-7,3V-3z",
  Alert: "M0,-7L7,6H-7z",
  Critical: "M0,-7.5L7.5,0L0,7.5L-7.5,0z",
  Error: "M-6,-6H6V6H-6z",
  Warning: "M0,7L-7,-6H7z",
  Notice: "M-6,0a6,6 0 1,0 12,0a6,6 0 1,0 -12,0z",
  Informational: "M-7,-3H7V3H-7z",
  Debug: "M-2,-7H2V-2H7V2H2V7H-2V2H-7V-2H-2z",
};

interface MarkSymbolProps {
  readonly priority: Priority;
  readonly x: number;
  readonly y: number;
  /** Whether only the outline is drawn, for alerts outside the selected time. */
  readonly isHollow?: boolean;
}

/** Symbol of the priority of alerts. */
export function MarkSymbol({ priority, x, y, isHollow = false }: MarkSymbolProps): JSX.Element {
  return (
    <path
      class={isHollow ? "hollow" : `fill-${priority.toLowerCase()}`}
      d={SHAPES[priority]}
      transform={`translate(${x},${y})`}
    />
  );
}

/** Legend of the lanes: the symbols of these priorities. */
export function SymbolLegend({ present }: { readonly present: readonly Priority[] }): JSX.Element {
  return (
    <>
      {present.map((priority) => (
        <span key={priority} class="chart-legend">
          <svg class="swatch" width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">
            <MarkSymbol priority={priority} x={0} y={0} />
          </svg>
          {priority}
        </span>
      ))}
      <span class="chart-legend">
        <svg class="swatch" width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true">
          <circle class="ring" r="6.5" />
        </svg>
        this alert
      </span>
    </>
  );
}
