import type { JSX } from "preact";
import { Plot } from "../chart/plot.tsx";
import type { Scale } from "../chart/scale.ts";
import { useRange } from "../chart/use-range.ts";
import type { TimeSelection } from "../filter/time-selection.ts";
import { momentText } from "../text/clock.ts";
import { quantity } from "../text/number.ts";
import { spanText } from "./mark-text.tsx";

interface BrushProps {
  readonly scale: Scale;
  /** Seconds per interval. */
  readonly step: number;
  readonly selection: TimeSelection | undefined;
  readonly select: (selection: TimeSelection) => void;
}

/** The time axis with the number of alerts, in which a part of the time can be selected. */
export function Brush({ scale, step, selection, select }: BrushProps): JSX.Element {
  const { cursor, anchor, ...handlers } = useRange(scale, (since, until) =>
    select({ since: Date.parse(since), until: Date.parse(until) }),
  );
  const { totals, timeOf } = scale;
  return (
    <div
      class="plot"
      role="slider"
      tabIndex={0}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, totals.length - 1)}
      aria-valuenow={cursor ?? 0}
      aria-valuetext={valueText()}
      aria-label="Time axis of the related alerts. Use the arrow keys to move, Shift with an arrow key to extend the range, Enter to select it, and Escape to clear it."
      {...handlers}
    >
      <Plot
        scale={scale}
        step={step}
        highlighted={cursor === undefined ? undefined : [cursor, anchor ?? cursor]}
        selected={selection && [selection.since, selection.until]}
      />
    </div>
  );

  function valueText(): string {
    if (cursor !== undefined) return `${momentText(timeOf(cursor))}: ${quantity(totals[cursor] ?? 0, "alert")}`;
    return selection === undefined ? "no selection" : `selected: ${spanText(selection.since, selection.until)}`;
  }
}
