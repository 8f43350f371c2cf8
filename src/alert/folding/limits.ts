import type { BucketLimits } from "./bucket.ts";

/** Levels at which matches are limited and counted, outermost first. */
const names = ["rule", "account", "user", "program", "process", "subject"] as const;

/** Token bucket limits by level. */
export type FoldingLimits = Readonly<Record<(typeof names)[number], Readonly<BucketLimits>>>;

/** A level with its limits and the next inner level. */
export interface Level {
  readonly limits: BucketLimits;
  readonly inner: Level | undefined;
  /** Limits of the reserve of each share at this level. The reserve is used while the rule has no tokens. */
  readonly reserve: Readonly<BucketLimits> | undefined;
}

/**
 * Computes the limits of all levels from the limits of a subject. Each level has higher limits than the next inner
 * level, so that a frequent subject cannot use all tokens. The ratio is smaller for high limits.
 */
export function limitsFor({ burst, rate }: Readonly<BucketLimits>): FoldingLimits {
  const level = (leastBurst: number, leastRate: number, factor: number): BucketLimits => ({
    burst: Math.max(leastBurst, burst * factor),
    rate: Math.max(leastRate, rate * factor),
  });
  return {
    rule: level(2000, 100, 4),
    account: level(500, 20, 3),
    user: level(200, 5, 2),
    program: level(100, 2, 1.5),
    process: level(50, 1, 1.25),
    subject: { burst, rate },
  };
}

/** Reserve of each account, so that matches of other accounts do not suppress the alerts of the account. */
const RESERVE: BucketLimits = { burst: 10, rate: 0.1 };

/** Creates the level of rules with all inner levels. */
export function levelsFor(limits: FoldingLimits): Level {
  const level = (name: keyof FoldingLimits, inner?: Level, reserve?: BucketLimits): Level => ({
    limits: { ...limits[name] },
    inner,
    reserve,
  });
  const user = level("user", level("program", level("process", level("subject"))));
  return level("rule", level("account", user, RESERVE));
}

/** Replaces the limits of a level and of its inner levels. */
export function setLimits(outer: Level | undefined, limits: FoldingLimits): void {
  let level = outer;
  for (const name of names) {
    if (level !== undefined) Object.assign(level.limits, limits[name]);
    level = level?.inner;
  }
}

/** Time after which folded matches are reported by an alert, in milliseconds. */
export const PERIOD = 10_000;

/** Maximum number of shares in memory, without the shares of rules. */
export const MAX_SHARES = 4096;
