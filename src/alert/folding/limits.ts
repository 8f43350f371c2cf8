import type { BucketLimits } from "./bucket.ts";

/** Levels at which matches are counted, from the outermost. */
const names = ["rule", "account", "user", "program", "process", "subject"] as const;

/** Limits by level. */
export type FoldingLimits = Readonly<Record<(typeof names)[number], Readonly<BucketLimits>>>;

/** A level with its limits. */
export interface Level {
  readonly limits: BucketLimits;
  readonly inner: Level | undefined;
  /** Limits of the tokens that its shares have while those of their parent are used up. */
  readonly reserve: Readonly<BucketLimits> | undefined;
}

/**
 * Limits where `burst` and `rate` are those of a subject. A level allows several times what one share of the next level
 * may use, so that it takes several frequent ones to delay another; at high rates the factor is smaller.
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

/** An account is not silenced by the others of a rule. */
const RESERVE: BucketLimits = { burst: 10, rate: 0.1 };

/** The level of rules, with those inside it. */
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

/** Maximum shares of all levels in memory. */
export const MAX_SHARES = 4096;
