import type { StateChange } from "../../src/api/schemas/alert.ts";

type Change = Pick<StateChange, "id" | "state">;

/** Maximum number of changes in memory. */
const MAX_CHANGES = 10_000;

let changes: Change[] = [];
let dropped = 0;

/** Records a state change of an alert, for views to which the user may go back. */
export function recordChange(change: Change): void {
  changes.push(change);
  if (changes.length < 2 * MAX_CHANGES) return;
  dropped += changes.length - MAX_CHANGES;
  changes = changes.slice(-MAX_CHANGES);
}

/** Returns the number of recorded changes. */
export function changeCount(): number {
  return dropped + changes.length;
}

/** Returns the changes after the first `count` ones, oldest first. */
export function changesAfter(count: number): readonly Change[] {
  return changes.slice(Math.max(0, count - dropped));
}
