import type { Rate } from "../rule/measures.ts";
import { type Claim, type Level, levels } from "./claim.ts";

/** Division of a budget, as fractions from 0 to 1. */
export interface Shares {
  /** Share of a budget that a single workload can use: the workload's part. */
  readonly workload: number;
  /** Share of a workload's part that a single subject can use. */
  readonly subject: number;
  /** Share of the budget, and of each part, that each level above the lowest reserves: lower levels cannot use it. */
  readonly reserve: number;
}

/** Shares of a budget that is not divided. */
export const undivided: Shares = { workload: 1, subject: 1, reserve: 0 };

/** Parts of a budget that can be exhausted. */
export type Part = "total" | "priority" | "workload" | "subject";

/** A part of a budget that is exhausted. */
export interface Exceeded {
  readonly part: Part;
  /** The priority level at which the part is exhausted. */
  readonly level: Level;
  /** Number of actions that the part allows. */
  readonly most: number;
}

/** Number of actions for a workload that count against a budget. */
export interface Use {
  readonly workload: string;
  readonly count: number;
  /** The workload's subject with the most actions. */
  readonly subject: string;
}

interface Entry extends Claim {
  readonly time: number;
}

/**
 * Sizes of the parts of a budget, by level. Sizes are rounded up, so that no part of a budget of one action is zero.
 */
export interface Sizes {
  readonly total: readonly number[];
  readonly workload: readonly number[];
  readonly subject: readonly number[];
}

export function sizesOf(most: number, { workload, subject, reserve }: Shares): Sizes {
  const part = (whole: number, fraction: number): number => Math.ceil(Number((whole * fraction).toFixed(6)));
  const total = levels.map((level) => part(most, 1 - reserve * (levels.length - 1 - level)));
  const each = total.map((size) => part(size, workload));
  return { total, workload: each, subject: each.map((size) => part(size, subject)) };
}

/**
 * Counts actions within a sliding window in total, by workload and by subject.
 *
 * An action for an alert of level `l` is admitted if its subject has fewer than `subject[l]` actions and, for each
 * level `k >= l`, there are fewer than `total[k]` actions of levels up to `k` in total, and fewer than `workload[k]`
 * for its workload. A single workload never uses more than `workload[2]`, the levels up to `k` never use more than
 * `total[k]`, and if `2 * workload[k] <= total[k]` for each `k`, the actions of one workload alone never suppress
 * actions of another workload.
 */
export class Budget {
  readonly rate: Rate;
  readonly sizes: Sizes;
  /** Actions in the window, oldest first, starting at {@link #first}. */
  #entries: Entry[] = [];
  #first = 0;
  readonly #totals: [number, number, number] = [0, 0, 0];
  readonly #workloads = new Map<string, [number, number, number]>();
  readonly #subjects = new Map<string, number>();

  constructor(rate: Rate, shares: Shares) {
    this.rate = rate;
    this.sizes = sizesOf(rate.most, shares);
  }

  /** Returns the part that is exhausted for an action with this claim; undefined if no part is exhausted. */
  exceeded({ workload, subject, level }: Claim, now: number): Exceeded | undefined {
    this.#expire(now);
    const { sizes } = this;
    const counts = this.#workloads.get(workload);
    let [all, own] = [0, 0];
    for (const at of levels) {
      all += this.#totals[at];
      own += counts?.[at] ?? 0;
      if (at < level) continue;
      const most = sizes.total[at] ?? 0;
      if (all >= most && most === sizes.total[2]) return { part: "total", level: 2, most };
      if (all >= most) return { part: "priority", level: at, most };
      if (own >= (sizes.workload[at] ?? 0)) return { part: "workload", level: at, most: sizes.workload[at] ?? 0 };
    }
    const most = sizes.subject[level] ?? 0;
    return (this.#subjects.get(subject) ?? 0) >= most ? { part: "subject", level, most } : undefined;
  }

  add({ workload, subject, level }: Claim, now: number): void {
    this.#entries.push({ workload, subject, level, time: now });
    this.#totals[level]++;
    const counts = this.#workloads.get(workload) ?? [0, 0, 0];
    counts[level]++;
    this.#workloads.set(workload, counts);
    this.#subjects.set(subject, (this.#subjects.get(subject) ?? 0) + 1);
  }

  isEmpty(now: number): boolean {
    this.#expire(now);
    return this.#first === this.#entries.length;
  }

  /**
   * Returns the time when an exhausted part admits actions again, in milliseconds since the epoch; infinity if never.
   */
  roomAt({ part, level, most }: Exceeded, { workload, subject }: Claim): number {
    const counted = this.#entries.slice(this.#first).filter((entry) => {
      if (part === "subject") return entry.subject === subject;
      return entry.level <= level && (part !== "workload" || entry.workload === workload);
    });
    const last = counted.at(-most); // the part admits an action once this action expires
    return most === 0 || last === undefined ? Number.POSITIVE_INFINITY : last.time + this.rate.window;
  }

  /** Returns the workloads with the most actions. */
  users(limit: number): Use[] {
    const subjects = new Map<string, Map<string, number>>();
    for (const { workload, subject } of this.#entries.slice(this.#first)) {
      const own = subjects.get(workload) ?? new Map<string, number>();
      own.set(subject, (own.get(subject) ?? 0) + 1);
      subjects.set(workload, own);
    }
    return [...subjects]
      .map(([workload, own]) => {
        const sorted = [...own].sort(([, a], [, b]) => b - a);
        return { workload, count: sorted.reduce((sum, [, count]) => sum + count, 0), subject: sorted[0]?.[0] ?? "" };
      })
      .sort((a, b) => b.count - a.count)
      .slice(0, limit);
  }

  #expire(now: number): void {
    // If the clock was set back, times in the future would keep the budget exhausted for too long.
    if ((this.#entries.at(-1)?.time ?? 0) > now)
      this.#entries = this.#entries.map((entry) => (entry.time > now ? { ...entry, time: now } : entry));
    for (; this.#first < this.#entries.length; this.#first++) {
      const oldest = this.#entries[this.#first];
      if (oldest === undefined || oldest.time > now - this.rate.window) break;
      const { workload, subject, level } = oldest;
      this.#totals[level]--;
      const counts = this.#workloads.get(workload);
      if (counts !== undefined) {
        counts[level]--;
        if (counts.every((count) => count === 0)) this.#workloads.delete(workload);
      }
      const left = (this.#subjects.get(subject) ?? 1) - 1;
      if (left === 0) this.#subjects.delete(subject);
      else this.#subjects.set(subject, left);
    }
    if (this.#first > 1000 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}
