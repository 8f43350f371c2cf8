import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import type { Matching } from "./bulk-change.ts";
import type { AlertRows } from "./rows.ts";

/** Effect of a click on a row: focus it, add or remove it, or select the range up to it. */
export type SelectMode = "focus" | "toggle" | "extend";

/** The focused row and the selected alerts of the list. */
export interface Selection {
  /** ID of the focused alert; empty if no alert is focused. */
  readonly focused: ReadonlySignal<string>;
  readonly selected: ReadonlySignal<ReadonlySet<string>>;
  /** IDs of the alerts for triage: the selected alerts, or the focused alert if no alerts are selected. */
  readonly targets: ReadonlySignal<readonly string[]>;
  /** Whether all loaded alerts are selected. */
  readonly isAll: ReadonlySignal<boolean>;
  /** All alerts that match the filter, if the user has selected all. */
  readonly matching: ReadonlySignal<Matching | undefined>;
  readonly selectLoaded: () => void;
  readonly selectMatching: () => void;
  /** Number of alerts that match; undefined if it is not known. Set by the view. */
  readonly matchCount: Signal<number | undefined>;
  readonly focusRow: (index: number) => void;
  /** Moves the focus by a number of rows. */
  readonly step: (by: number) => void;
  readonly select: (id: string, mode: SelectMode) => void;
  readonly clear: () => void;
  /** Removes an alert that is no longer in the list, and moves the focus to the row that took its place. */
  readonly drop: (id: string, index: number) => void;
}

interface SelectionOptions {
  readonly filter: Filter;
  readonly rows: AlertRows;
  /** Index of the first visible row. */
  readonly top: RefObject<number>;
  /** Scrolls a row into view. */
  readonly reveal: RefObject<((index: number) => void) | null>;
  /** Alerts that are focused and selected initially. */
  readonly initial?: { readonly focused: string; readonly selected: ReadonlySet<string> } | undefined;
}

/** Manages focus and selection, which do not change when rows are inserted at the top. */
export function useSelection({ filter, rows, top, reveal, initial }: SelectionOptions): Selection {
  const focused = useSignal(initial?.focused ?? "");
  const selected = useSignal<ReadonlySet<string>>(initial?.selected ?? new Set());
  const targets = useComputed(() =>
    selected.value.size > 0 ? [...selected.value] : focused.value === "" ? [] : [focused.value],
  );

  /** Newest alert when the user selected all alerts that match; undefined if the user has not done so. */
  const newest = useSignal<string | undefined>(undefined);
  const matchCount = useSignal<number | undefined>(undefined);
  const matching = useComputed<Matching | undefined>(() =>
    newest.value === undefined ? undefined : { filter, count: matchCount.value, newest: newest.value },
  );
  const isAll = useComputed(() => {
    rows.version.value;
    return rows.length > 0 && selected.value.size > 0 && rows.loaded().every(({ id }) => selected.value.has(id));
  });

  /** Row that is focused after it is fetched; -1 if no row is pending. */
  const pendingFocus = useRef(-1);
  const settleFocus = (): void => {
    const alert = pendingFocus.current < 0 ? undefined : rows.at(pendingFocus.current);
    if (alert === undefined) return;
    focused.value = alert.id;
    pendingFocus.current = -1;
  };
  useEffect(settleFocus, [rows.version.value]);

  const focusRow = (index: number): void => {
    pendingFocus.current = index;
    reveal.current?.(index);
    settleFocus();
  };
  const step = (by: number): void => {
    const at = rows.indexOf(focused.peek());
    focusRow(Math.max(0, Math.min(rows.length - 1, at < 0 ? (top.current ?? 0) : at + by)));
  };
  const toggle = (id: string): void => {
    const next = new Set(selected.peek());
    if (!next.delete(id)) next.add(id);
    selected.value = next;
    newest.value = undefined;
  };
  const extend = (id: string): void => {
    selected.value = new Set([...selected.peek(), ...idsBetween(rows, focused.peek(), id)]);
  };
  return {
    focused,
    selected,
    targets,
    isAll,
    matching,
    selectLoaded() {
      selected.value = new Set(rows.loaded().map(({ id }) => id));
    },
    matchCount,
    selectMatching() {
      newest.value = rows.newestId();
    },
    focusRow,
    step,
    select(id, mode) {
      if (mode === "extend") extend(id);
      else if (mode === "toggle") toggle(id);
      focused.value = id;
    },
    clear() {
      selected.value = new Set();
      newest.value = undefined;
    },
    drop(id, index) {
      if (selected.peek().has(id)) toggle(id);
      if (focused.peek() !== id) return;
      if (rows.length === 0) focused.value = "";
      else focusRow(Math.min(index, rows.length - 1));
    },
  };
}

/**
 * Returns the IDs of the alerts from one row to another. Returns only the ID of the second alert if the first one is
 * unknown or no longer in memory, since the rows between them are then unknown.
 */
export function idsBetween(rows: Pick<AlertRows, "at" | "indexOf">, one: string, other: string): readonly string[] {
  const [start, end] = [rows.indexOf(one), rows.indexOf(other)];
  if (start < 0 || end < 0) return [other];
  const ids: string[] = [];
  for (let index = Math.min(start, end); index <= Math.max(start, end); index++) {
    const alert = rows.at(index);
    if (alert !== undefined) ids.push(alert.id);
  }
  return ids;
}
