import { signal } from "@preact/signals";
import { readStored, writeStored } from "../../ui-shared/page/stored.ts";
import { type SavedView, savedViewsIn } from "./saved-views.ts";

const KEY = "eyas-views";

/** The views that are saved in this browser. */
export const savedViews = signal(savedViewsIn(readStored(KEY)));

/**
 * Changes the saved views. First reads the views again, since another tab may have changed them.
 * @param change returns the views, or an error message
 * @returns an error message if the views cannot be saved
 */
export function changeViews(
  change: (views: readonly SavedView[]) => readonly SavedView[] | string,
): string | undefined {
  const next = change(savedViewsIn(readStored(KEY)));
  if (typeof next === "string") return next;
  if (!writeStored(KEY, next.length === 0 ? undefined : JSON.stringify(next)))
    return "Cannot save the view: the browser's storage for the web UI is full.";
  savedViews.value = next;
  return undefined;
}

/** Reads the views again. */
export function refreshViews(): void {
  savedViews.value = savedViewsIn(readStored(KEY));
}
