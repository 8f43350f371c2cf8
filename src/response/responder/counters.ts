import type { ActionEntry, ActionReason, ActionState } from "../../journal/action-entry.ts";
import type { ResponseCounts } from "./events.ts";

/** Counts completed steps, and sums the durations of actions. */
export class Counters {
  readonly #outcomes = new Map<string, { action: string; outcome: ActionState | ActionReason; count: number }>();
  readonly #durations = new Map<string, { action: string; seconds: number; count: number }>();

  ended({ action, state, why }: ActionEntry): void {
    const outcome = why ?? state;
    const key = `${action}\0${outcome}`;
    const row = this.#outcomes.get(key) ?? { action, outcome, count: 0 };
    row.count++;
    this.#outcomes.set(key, row);
  }

  took(action: string, milliseconds: number): void {
    const row = this.#durations.get(action) ?? { action, seconds: 0, count: 0 };
    row.seconds += milliseconds / 1000;
    row.count++;
    this.#durations.set(action, row);
  }

  all(): Pick<ResponseCounts, "steps" | "seconds"> {
    return { steps: [...this.#outcomes.values()], seconds: [...this.#durations.values()] };
  }
}
