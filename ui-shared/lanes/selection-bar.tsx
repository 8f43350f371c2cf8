import type { Signal } from "@preact/signals";
import type { JSX, TargetedMouseEvent } from "preact";
import { isSelected, type TimeSelection } from "../filter/time-selection.ts";
import { integer, quantity } from "../text/number.ts";
import type { LaneAlert } from "./lanes.ts";
import { spanText } from "./mark-text.tsx";
import { clearTime } from "./select-time.ts";

interface SelectionBarProps {
  readonly alerts: readonly LaneAlert[];
  readonly selection: TimeSelection | undefined;
  /** Whether only the selected time is drawn. */
  readonly isZoomed: Signal<boolean>;
}

/** States how many alerts are in the selected time range, and clears it. */
export function SelectionBar({ alerts, selection, isZoomed }: SelectionBarProps): JSX.Element {
  const selected = alerts.filter(({ at }) => isSelected(at, selection)).length;
  return (
    <div class="selection-bar">
      <p role="status">
        {selection === undefined
          ? `${quantity(alerts.length, "alert")}. Drag on the time axis to select a time range.`
          : `${integer(selected)} of ${quantity(alerts.length, "alert")} in the selected time range ${spanText(selection.since, selection.until)}`}
      </p>
      {selection !== undefined && (
        <>
          <button
            type="button"
            aria-pressed={isZoomed.value}
            onClick={() => {
              isZoomed.value = !isZoomed.value;
            }}
          >
            Zoom in
          </button>
          <button type="button" onClick={clear} title="Clear the selected time range (Escape)">
            Clear selection
          </button>
        </>
      )}
    </div>
  );
}

/** Clears the selected time, and moves the focus from the button, which disappears, to the time axis. */
function clear({ currentTarget }: TargetedMouseEvent<HTMLButtonElement>): void {
  currentTarget.closest(".lanes")?.querySelector<HTMLElement>("[role=slider]")?.focus();
  clearTime();
}
