import type { ActionEntry } from "../../journal/action-entry.ts";

/** Whether notifiers receive the result of a step: only if the action ran, or if there was nothing to do. */
export function isResult({ state, why }: Pick<ActionEntry, "state" | "why">): boolean {
  return state === "done" || state === "failed" || state === "unknown" || (state === "skipped" && why === "nothing");
}
