import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { State } from "../../src/api/filter/state.ts";
import { connected } from "../../ui-shared/api/live.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { integer, quantity } from "../../ui-shared/text/number.ts";
import { ExportMenu } from "./export-menu.tsx";
import type { Order } from "./order.ts";
import type { AlertRows } from "./rows.ts";
import { SelectMatching } from "./select-matching.tsx";
import type { Selection } from "./selection.ts";
import { TriageBar, type TriageRequest } from "./triage-bar.tsx";

interface ListToolbarProps {
  readonly filter: Filter;
  readonly order: Order;
  readonly rows: AlertRows;
  readonly selection: Selection;
  readonly triage: Signal<TriageRequest | undefined>;
  /** Whether new alerts are shown immediately. */
  readonly live: Signal<boolean>;
  readonly toggleLive: () => void;
  readonly showNew: () => void;
  readonly onStateChange: (id: string, state: State) => void;
}

/** Number of alerts, live updates, triage and export. */
export function ListToolbar(props: ListToolbarProps): JSX.Element {
  const { filter, order, rows, selection, triage, live, toggleLive, showNew, onStateChange } = props;
  rows.version.value;
  return (
    <div class="toolbar">
      <span class="muted" role="status">
        {countText(rows.length, rows.more.value)}
      </span>
      {filter.until === "" && order === "newest" && (
        <>
          <span class="live-state">
            <span class={live.value && connected.value ? "live-dot on" : "live-dot"} aria-hidden="true" />
            {live.value ? (connected.value ? "Live" : "Connecting…") : "Paused"}
          </span>
          <button type="button" onClick={toggleLive} title={live.value ? "Pause (p)" : "Resume (p)"}>
            {live.value ? "Pause" : "Resume"}
          </button>
        </>
      )}
      {rows.pendingCount.value > 0 && (
        <button type="button" class="primary" onClick={showNew}>
          Show {quantity(rows.pendingCount.value, "new alert")}
        </button>
      )}
      <span class="gap" />
      <SelectMatching filter={filter} rows={rows} selection={selection} />
      <TriageBar
        ids={selection.targets.value}
        stateOf={rows.stateOf}
        matching={selection.matching.value}
        selected={selectedText(selection)}
        request={triage}
        onStateChange={onStateChange}
        onDone={selection.clear}
      />
      <ExportMenu filter={filter} />
    </div>
  );
}

/** Describes the selected alerts; empty if none is selected. */
function selectedText({ matching, selected }: Selection): string {
  const all = matching.value;
  if (all !== undefined)
    return `All ${all.count === undefined ? "" : `${integer(all.count)} `}matching alerts selected`;
  return selected.value.size === 0 ? "" : `${integer(selected.value.size)} selected`;
}

/** Formats the number of alerts, such as `250+ alerts` if older alerts have not been fetched. */
function countText(count: number, hasMore: boolean): string {
  if (count === 0) return "";
  return hasMore ? `${integer(count)}+ alerts` : quantity(count, "alert");
}
