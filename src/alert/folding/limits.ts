import type { BucketLimits } from "./bucket.ts";

/** Levels at which matches are counted, outermost first. */
const names = ["rule", "account", "user", "program", "process", "subject"] as const;

/** Limits by level. */
export type FoldingLimits = Readonly<Record<(typeof names)[number], Readonly<BucketLimits>>>;

/** A level with its limits. */
export interface Level {
  readonly limits: BucketLimits;
  readonly inner: Level | undefined;
  /** Limits of the reserve tokens of shares, used while the parent has no tokens. */
  readonly reserve: Readonly<BucketLimits> | undefined;
}

/**
 * Limits of all levels, from those of a subject. Each level allows a multiple of what one share of the next level can
 * use, so that a single frequent share cannot delay others. At high rates, the multiple is smaller.
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

/** Reserve of an account, so that other accounts of a rule cannot silence it. */
const RESERVE: BucketLimits = { burst: 10, rate: 0.1 };

/** Creates the level of rules and the levels inside it. */
export function levelsFor(limits: FoldingLimits): Level {
  const level = (name: keyof FoldingLimits, inner?: Level, reserve?: BucketLimits): Level => ({
    limits: { ...limits[name] },
    inner,
    reserve,
  });
  const user = level("user", level("program", level("process", level("subject"))));
  return level("rule", level("account", user, RESERVE));
}

/** Changes the limits of levels. */
export function setLimits(outer: Level | undefined, limits: FoldingLimits): void {
  let level = outer;
  for (const name of names) {
    if (level !== undefined) Object.assign(level.limits, limits[name]);
    level = level?.inner;
  }
}

/** Milliseconds after which folded matches are reported by an alert. */
export const PERIOD = 10_000;

/** Maximum number of shares of all levels in memory. */
export const MAX_SHARES = 4096;
