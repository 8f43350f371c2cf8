import type { ActionEntry } from "../../journal/action-entry.ts";

/** Whether notifiers get the end of a step: the action ran, or had nothing to do. */
export function isResult({ state, why }: Pick<ActionEntry, "state" | "why">): boolean {
  return state === "done" || state === "failed" || state === "unknown" || (state === "skipped" && why === "nothing");
}
