import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import { alertAddress } from "../../ui-shared/filter/time-range.ts";
import { useShortcuts } from "../../ui-shared/page/keys.ts";
import { navigate, parameters } from "../../ui-shared/page/router.ts";
import { hasRole } from "../../ui-shared/page/session.ts";
import type { AlertRows } from "./rows.ts";
import type { Selection } from "./selection.ts";
import { applicable, type TriageRequest, triageShortcuts } from "./triage-bar.tsx";
import type { PeekControl } from "./use-peek.ts";

interface ListKeyOptions {
  readonly rows: AlertRows;
  readonly selection: Selection;
  /** The grid, which is focused when a key moves to a row, so that screen readers announce the row. */
  readonly grid: RefObject<HTMLElement | null>;
  /** Number of rows by which Page Up and Page Down move. */
  readonly pageRows: () => number;
  readonly triage: (request: TriageRequest) => void;
  readonly showNew: () => void;
  readonly toggleLive: () => void;
  readonly peek: PeekControl;
}

/** Opens an alert. The URL keeps the time range of the list, for the links of the alert. */
export function openAlert(id: string): void {
  navigate(alertAddress(id, parameters.peek()));
}

/** Keyboard control of the alert list. The keys work wherever the focus is, except in an element that uses them. */
export function useListKeys(options: ListKeyOptions): void {
  const { rows, selection, grid, pageRows, triage, showNew, toggleLive, peek } = options;
  const { focused, targets, focusRow, step, select, isAll, matching, selectLoaded, selectMatching } = selection;

  const withFocus = (act: (id: string) => void) => (): boolean => {
    if (focused.peek() === "") return false;
    act(focused.peek());
    return true;
  };
  const move = (act: () => void) => (): boolean => {
    if (rows.length === 0) return false;
    act();
    grid.current?.focus({ preventScroll: true });
    return true;
  };
  const triageKey = (kind: TriageRequest["kind"]) => (): boolean => {
    const all = matching.peek();
    const ids = applicable(kind, targets.peek(), rows.stateOf);
    if (all !== undefined) triage({ kind, ids: [], matching: all });
    else if (ids.length > 0) triage({ kind, ids });
    return all !== undefined || ids.length > 0;
  };
  const shortcuts = useMemo(
    () => [
      { keys: "j", also: "ArrowDown", description: "Next alert", run: move(() => step(1)) },
      { keys: "k", also: "ArrowUp", description: "Previous alert", run: move(() => step(-1)) },
      { keys: "PageDown", description: "Next page of alerts", run: move(() => step(pageRows())) },
      { keys: "PageUp", description: "Previous page of alerts", run: move(() => step(-pageRows())) },
      { keys: "Home", description: "First alert", run: move(() => focusRow(0)) },
      { keys: "End", description: "Last loaded alert", run: move(() => focusRow(rows.length - 1)) },
      { keys: "o", also: "Enter", description: "Open alert", run: withFocus(openAlert) },
      { keys: " ", description: "Show or hide preview", run: peek.toggle },
      { keys: "Escape", description: "Close preview", run: peek.close },
      { keys: "x", description: "Select alert", run: withFocus((id) => select(id, "toggle")) },
      ...(hasRole("responder")
        ? [
            {
              keys: "X",
              description: "Select all shown alerts; press again to select all matching alerts",
              run: () => (isAll.peek() ? selectMatching() : selectLoaded()),
            },
          ]
        : []),
      ...triageShortcuts(triageKey),
      { keys: "n", description: "Show new alerts", run: () => showNew() },
      { keys: "p", description: "Pause or resume live updates", run: () => toggleLive() },
    ],
    [rows, hasRole("responder")],
  );
  useShortcuts(shortcuts);
}
