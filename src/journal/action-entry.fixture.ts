import type { ActionEntry } from "./action-entry.ts";

/** An example entry of a completed action. */
export function stepOf(id: number, changes: Partial<ActionEntry> = {}): ActionEntry {
  return {
    ...{ id, seq: id, response: "Kill the reader", place: 0, action: "host:kill", attempt: 1, key: `key-${id}` },
    ...{ target: `process ${id}`, scope: undefined, dryRun: false, state: "done", why: undefined, answer: "Killed." },
    ...{ time: 1_785_414_896_000 + id, asked: 1_785_414_896_001 + id, ended: 1_785_414_896_007 + id },
    ...changes,
  };
}
