import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useMemo, useRef } from "preact/hooks";
import type { Filter } from "../filter/filter.ts";
import { AlertGrid } from "./alert-grid.tsx";
import { ROW_HEIGHT, ROW_HEIGHT_NARROW } from "./alert-row.tsx";
import { EmptyState } from "./empty-state.tsx";
import { useListKeys } from "./list-keys.ts";
import { ListToolbar } from "./list-toolbar.tsx";
import { useLiveUpdates } from "./live-updates.ts";
import { AlertRows } from "./rows.ts";
import { useSelection } from "./selection.ts";
import type { TriageRequest } from "./triage-bar.tsx";
import { bodyHeight } from "./virtual-rows.tsx";

const narrow = window.matchMedia("(max-width: 40rem)");

interface AlertListProps {
  readonly filter: Filter;
  /** Called after alerts have arrived. */
  readonly onAlerts: () => void;
}

/** The live list of alerts, newest first. */
export function AlertList({ filter, onAlerts }: AlertListProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const reveal = useRef<((index: number) => void) | null>(null);
  const top = useRef(0);
  const generation = useSignal(0);
  const rows = useMemo(() => new AlertRows(filter), [generation.value]);
  const live = useSignal(filter.until === "");
  const triage = useSignal<TriageRequest | undefined>(undefined);
  const selection = useSelection({ rows, top, reveal });
  const rowHeight = narrow.matches ? ROW_HEIGHT_NARROW : ROW_HEIGHT;

  const reload = (): void => {
    generation.value++;
  };
  const showNew = (): void => {
    if (rows.showPending()) reveal.current?.(0);
    else reload();
  };
  const toggleLive = (): void => {
    live.value = !live.value;
    if (live.value) showNew();
  };
  useLiveUpdates(filter, rows, { shouldShow: () => live.peek() && top.current === 0, onAlerts, reload });
  const onKeyDown = useListKeys({
    rows,
    selection,
    pageRows: () => Math.max(1, Math.floor(bodyHeight(scroller.current) / rowHeight) - 1),
    triage: (request) => {
      triage.value = request;
    },
    showNew,
    toggleLive,
  });
  const onViewport = useCallback(
    (first: number, last: number) => {
      top.current = first;
      rows.setViewport(first, last);
    },
    [rows],
  );

  return (
    <section class="alert-list" aria-label="Alerts">
      <ListToolbar {...{ filter, rows, selection, triage, live, toggleLive, showNew }} />
      <AlertGrid
        {...{ rows, selection, rowHeight, scroller, reveal, onKeyDown, onViewport }}
        onFocus={() => {
          if (selection.focused.peek() === "" && rows.length > 0) selection.focusRow(top.current);
        }}
      />
      {rows.length === 0 && <EmptyState rows={rows} filter={filter} />}
      {rows.failure.value !== undefined && rows.length > 0 && (
        <p class="failure" role="alert">
          {rows.failure.value}
        </p>
      )}
    </section>
  );
}
