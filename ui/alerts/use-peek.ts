import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import type { AlertRows } from "./rows.ts";
import type { Selection } from "./selection.ts";

/** The preview of the focused alert beside the list. */
export interface PeekControl {
  readonly shown: ReadonlySignal<boolean>;
  /** Focuses an alert and shows its preview. */
  readonly show: (id: string) => void;
  /** Shows or hides the preview. Returns false if the list has no alert. */
  readonly toggle: () => boolean;
  /** Returns false if the preview is not shown. */
  readonly close: () => boolean;
}

interface PeekOptions {
  readonly rows: AlertRows;
  readonly selection: Selection;
  /** The list, which has the focus while the preview is shown, so that its keys work. */
  readonly scroller: RefObject<HTMLElement | null>;
  /** Index of the first visible row. */
  readonly top: RefObject<number>;
  readonly initial: boolean;
}

export function usePeek({ rows, selection, scroller, top, initial }: PeekOptions): PeekControl {
  const shown = useSignal(initial);
  const focusList = (): void => scroller.current?.focus({ preventScroll: true });
  return {
    shown,
    show(id) {
      selection.select(id, "focus");
      shown.value = true;
      focusList();
    },
    toggle() {
      if (rows.length === 0) return false;
      if (selection.focused.peek() === "") selection.focusRow(top.current ?? 0);
      shown.value = !shown.value;
      return true;
    },
    close() {
      if (!shown.peek()) return false;
      shown.value = false;
      focusList();
      return true;
    },
  };
}
