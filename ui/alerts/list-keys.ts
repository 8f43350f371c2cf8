import { useMemo } from "preact/hooks";
import { useShortcuts } from "../shell/keys.ts";
import { navigate } from "../shell/router.ts";
import { hasRole } from "../shell/session.ts";
import type { AlertRows } from "./rows.ts";
import type { Selection } from "./selection.ts";
import { type TriageRequest, triageShortcuts } from "./triage-bar.tsx";

interface ListKeyOptions {
  readonly rows: AlertRows;
  readonly selection: Selection;
  /** Number of rows by which Page Up and Page Down move. */
  readonly pageRows: () => number;
  readonly triage: (request: TriageRequest) => void;
  readonly showNew: () => void;
  readonly toggleLive: () => void;
}

export function openAlert(id: string): void {
  navigate(`/alerts/${encodeURIComponent(id)}`);
}

/**
 * Keyboard control of the alert list: shortcuts for the view, and keys for the grid.
 * @returns the key handler for the grid
 */
export function useListKeys(options: ListKeyOptions): (event: KeyboardEvent) => void {
  const { rows, selection, pageRows, triage, showNew, toggleLive } = options;
  const { focused, targets, focusRow, step, select } = selection;
  const toggle = (id: string): void => select(id, "toggle");

  const withFocus = (act: (id: string) => void) => (): boolean => {
    if (focused.peek() === "") return false;
    act(focused.peek());
    return true;
  };
  const triageKey = (kind: TriageRequest["kind"]) => (): boolean => {
    if (targets.peek().length === 0) return false;
    triage({ kind, ids: targets.peek() });
    return true;
  };
  const shortcuts = useMemo(
    () => [
      { keys: "j", description: "Next alert", run: () => step(1) },
      { keys: "k", description: "Previous alert", run: () => step(-1) },
      { keys: "o", description: "Open alert", run: withFocus(openAlert) },
      { keys: "x", description: "Select alert", run: withFocus(toggle) },
      ...triageShortcuts(triageKey),
      { keys: "n", description: "Show new alerts", run: () => showNew() },
      { keys: "p", description: "Pause or resume live updates", run: () => toggleLive() },
    ],
    [rows, hasRole("responder")],
  );
  useShortcuts(shortcuts);

  const moves: Readonly<Record<string, () => unknown>> = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    PageDown: () => step(pageRows()),
    PageUp: () => step(-pageRows()),
    Home: () => focusRow(0),
    End: () => focusRow(rows.length - 1),
    Enter: withFocus(openAlert),
    " ": withFocus(toggle),
  };
  return (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (!Object.hasOwn(moves, event.key) || moves[event.key]?.() === false) return;
    event.preventDefault();
  };
}
