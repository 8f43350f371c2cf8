import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import type { State } from "../../src/api/filter/state.ts";
import { changeCount, changesAfter } from "../../ui-shared/api/state-changes.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { EntryMemory } from "../../ui-shared/page/entry-memory.ts";
import { lazy } from "../../ui-shared/page/lazy.tsx";
import { historyEntry } from "../../ui-shared/page/router.ts";
import { AlertGrid } from "./alert-grid.tsx";
import { EmptyState } from "./empty-state.tsx";
import { useListKeys } from "./list-keys.ts";
import { ListToolbar } from "./list-toolbar.tsx";
import { useLiveUpdates } from "./live-updates.ts";
import type { Order } from "./order.ts";
import { rowHeight } from "./row-layout.ts";
import { AlertRows } from "./rows.ts";
import { useSelection } from "./selection.ts";
import type { TriageRequest } from "./triage-bar.tsx";
import { usePeek } from "./use-peek.ts";
import { bodyHeight } from "./virtual-rows.tsx";

/** State of the list when the user left it. */
interface Left {
  readonly rows: AlertRows;
  /** Index of the first visible row. */
  readonly top: number;
  readonly focused: string;
  readonly selected: ReadonlySet<string>;
  readonly live: boolean;
  readonly peek: boolean;
  /** Number of state changes that the rows include. */
  readonly changes: number;
}

const Peek = lazy(async () => (await import("./peek.tsx")).Peek);

const memory = new EntryMemory<Left>();

/**
 * Returns the list as it was when the user left it, with later state changes of alerts; undefined if the user has not
 * left it yet.
 */
function recall(): Left | undefined {
  const left = memory.recall(historyEntry);
  for (const { id, state } of changesAfter(left?.changes ?? 0)) left?.rows.setState(id, state);
  return left;
}

interface AlertListProps {
  readonly filter: Filter;
  readonly order: Order;
  /** Called after alerts have arrived. */
  readonly onAlerts: () => void;
}

/** The live list of alerts. */
export function AlertList({ filter, order, onAlerts }: AlertListProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const reveal = useRef<((index: number) => void) | null>(null);
  const left = useMemo(recall, []);
  const top = useRef(left?.top ?? 0);
  const generation = useSignal(0);
  const rows = useMemo(
    () => (generation.value === 0 ? left?.rows : undefined) ?? new AlertRows(filter, order),
    [generation.value],
  );
  const live = useSignal(left?.live ?? (filter.until === "" && order === "newest"));
  const triage = useSignal<TriageRequest | undefined>(undefined);
  const selection = useSelection({ filter, rows, top, reveal, initial: left });
  const peek = usePeek({ rows, selection, scroller, top, initial: left?.peek ?? false });

  const reload = (): void => {
    generation.value++;
  };
  const showNew = (): void => {
    if (order === "oldest") return; // new alerts are below the others
    if (rows.showPending()) reveal.current?.(0);
    else reload();
  };
  const toggleLive = (): void => {
    if (order === "oldest") return;
    live.value = !live.value;
    if (live.value) showNew();
  };
  const onStateChange = (id: string, state: State): void => {
    const removed = rows.setState(id, state);
    if (removed >= 0) selection.drop(id, removed);
  };
  const shouldShow = (): boolean => live.peek() && top.current === 0;
  useLiveUpdates(filter, rows, { shouldShow, onAlerts, onStateChange, reload });
  useListKeys({
    rows,
    selection,
    grid: scroller,
    pageRows: () => Math.max(1, Math.floor(bodyHeight(scroller.current) / rowHeight.peek()) - 1),
    triage: (request) => {
      triage.value = request;
    },
    showNew,
    toggleLive,
    peek,
  });
  const onViewport = useCallback(
    (first: number, last: number) => {
      top.current = first;
      rows.setViewport(first, last);
    },
    [rows],
  );
  useListMemory(() => ({
    ...{ rows, top: top.current, live: live.peek(), peek: peek.shown.peek(), changes: changeCount() },
    ...{ focused: selection.focused.peek(), selected: selection.selected.peek() },
  }));

  return (
    <section class="alert-list" aria-label="Alerts">
      <ListToolbar {...{ filter, order, rows, selection, triage, live, toggleLive, showNew, onStateChange }} />
      {rows.length === 0 && <EmptyState rows={rows} filter={filter} />}
      <div class="list-body">
        <AlertGrid
          {...{ rows, selection, scroller, reveal, onViewport }}
          rowHeight={rowHeight.value}
          first={left?.top ?? 0}
          peek={peek.show}
          onFocus={() => {
            if (selection.focused.peek() === "" && rows.length > 0) selection.focusRow(top.current);
          }}
        />
        {peek.shown.value && rows.length > 0 && <Peek {...{ rows, selection, triage }} close={peek.close} />}
      </div>
      {rows.failure.value !== undefined && rows.length > 0 && (
        <p class="failure" role="alert">
          {rows.failure.value}
        </p>
      )}
    </section>
  );
}

/** Remembers the list when the user leaves it. */
function useListMemory(current: () => Left): void {
  const latest = useRef(current);
  latest.current = current;
  useEffect(() => {
    // When the component is unmounted, the browser has already left this entry of its history.
    const entry = historyEntry;
    return () => memory.remember(entry, latest.current());
  }, []);
}
