import type { BudgetKind, ExhaustedBudget } from "../limit/budgets.ts";
import type { Exhaustion } from "./events.ts";

/** Maximum number of exhausted budgets that are tracked. Additional budgets are counted but not reported. */
const MOST = 1000;
/** Maximum number of exhausted budgets in the status. */
const LISTED = 20;

/** Tracks each exhausted budget until it admits actions again, and counts the actions that budgets suppressed. */
export class Exhaustions {
  readonly #current = new Map<string, Exhaustion>();
  readonly #suppressed = new Map<string, { budget: BudgetKind; part: Exhaustion["part"]; count: number }>();

  /**
   * Counts an action that a budget suppressed.
   * @returns the exhausted budget if it is newly tracked; undefined if it was already tracked, or if too many budgets
   * are tracked
   */
  add(budget: ExhaustedBudget, now: number): Exhaustion | undefined {
    const { of, kind, part, rate, most } = budget;
    const key = `${kind}\0${part}`;
    const row = this.#suppressed.get(key) ?? { budget: kind, part, count: 0 };
    row.count++;
    this.#suppressed.set(key, row);
    if ((this.#current.get(of)?.until ?? 0) > now) return undefined;
    const { until, users } = budget.details();
    const ends = Number.isFinite(until) ? until : now + rate.window;
    const exhaustion = { of, kind, part, rate, most, until: ends, users };
    if (this.#current.size >= MOST) this.#forget(now);
    if (this.#current.size >= MOST) return undefined;
    this.#current.set(of, exhaustion);
    return exhaustion;
  }

  #forget(now: number): void {
    for (const [of, { until }] of this.#current) if (until <= now) this.#current.delete(of);
  }

  /**
   * Returns the budgets that are currently exhausted. Budgets that are exhausted in total come before exhausted parts.
   */
  current(now: number): Exhaustion[] {
    this.#forget(now);
    return [...this.#current.values()]
      .sort((a, b) => Number(b.part === "total") - Number(a.part === "total"))
      .slice(0, LISTED);
  }

  /** Number of suppressed actions, by kind and part of the budget. */
  suppressed(): { readonly budget: BudgetKind; readonly part: Exhaustion["part"]; readonly count: number }[] {
    return [...this.#suppressed.values()];
  }
}
