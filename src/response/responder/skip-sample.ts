import type { ActionEntry } from "../../journal/action-entry.ts";

/** Skipped actions of a workload that are recorded in a period, for each action and reason. */
const MOST = 1000;
/** Milliseconds of a period. */
const PERIOD = 600_000;
/** Workloads, actions and reasons that are told apart in a period. */
const KEYS = 10_000;

/**
 * Bounds how many skipped actions are recorded: a flood of alerts without responses must not delay responses to others.
 * Metrics count all.
 */
export class SkipSample {
  #until = 0;
  readonly #counts = new Map<string, number>();

  /** The step as it is recorded, or undefined if it is only counted. The last recorded one says that others follow. */
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
    return { ...step, answer: `${step.answer ?? ""}; until ${until}, further ones of ${workload} are only counted` };
  }
}
