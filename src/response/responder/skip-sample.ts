import type { ActionEntry } from "../../journal/action-entry.ts";

/** Maximum number of recorded steps per period and combination of action, reason and workload. */
const MOST = 1000;
/** Length of a period in milliseconds. */
const PERIOD = 600_000;
/** Maximum number of combinations of action, reason and workload that are counted separately in a period. */
const KEYS = 10_000;

/**
 * Limits the number of recorded skipped actions, so that a flood of alerts cannot delay other responses. Metrics
 * include all skipped actions.
 */
export class SkipSample {
  #until = 0;
  readonly #counts = new Map<string, number>();

  /**
   * Returns the step to record; undefined if it is only counted. The step that reaches the maximum states that
   * subsequent steps are only counted.
   */
  recorded(step: ActionEntry, workload: string, now: number): ActionEntry | undefined {
    if (now >= this.#until || now < this.#until - PERIOD) {
      this.#counts.clear();
      this.#until = now + PERIOD;
    }
    const own = `${step.action}\0${step.why}\0${workload}`;
    const key = this.#counts.has(own) || this.#counts.size < KEYS ? own : "others";
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count < MOST) return step;
    if (count > MOST) return undefined;
    const until = new Date(this.#until).toISOString();
    return {
      ...step,
      answer: `${step.answer ?? ""}; until ${until}, subsequent skipped actions of ${workload} are counted but not recorded`,
    };
  }
}
