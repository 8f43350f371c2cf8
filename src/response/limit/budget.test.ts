import { describe, expect, it } from "vitest";
import { Budget, type Shares, sizesOf } from "./budget.ts";
import { type Claim, type Level, levels } from "./claim.ts";

const shares: Shares = { workload: 0.5, subject: 0.5, reserve: 0.15 };
const WINDOW = 600_000;

interface Attempt extends Claim {
  readonly time: number;
}

/** Random numbers from 0 to 1, determined by a seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** A random sequence of alerts of workloads, with bursts and pauses, few and many subjects, and all levels. */
function schedule(next: () => number, workloads: readonly string[], length: number): Attempt[] {
  let time = 1_000_000;
  const subjects = 1 + Math.floor(next() * 6);
  return Array.from({ length }, () => {
    if (next() < 0.2) time += Math.floor(next() * next() * WINDOW);
    const workload = workloads[Math.floor(next() * workloads.length)]!;
    const subject = `${workload} ${Math.floor(next() * subjects)}`;
    return { time, workload, subject, level: Math.floor(next() * 3) as Level };
  });
}

/** Returns whether a budget admits each attempt. */
function run(most: number, attempts: readonly Attempt[]): boolean[] {
  const budget = new Budget({ most, window: WINDOW }, shares);
  return attempts.map((attempt) => {
    if (budget.exceeded(attempt, attempt.time) !== undefined) return false;
    budget.add(attempt, attempt.time);
    return true;
  });
}

/** Seeds of random sequences. Failures report the seed. */
const seeds = Array.from({ length: 200 }, (_, i) => 7919 * (i + 1));

describe("a divided budget, with random schedules,", () => {
  it("never exceeds its size, the share of a workload or subject, or the reserve of higher priority levels", () => {
    for (const seed of seeds) {
      const next = random(seed);
      const most = 1 + Math.floor(next() * 60);
      const { total, workload, subject } = sizesOf(most, shares);
      const attempts = schedule(next, ["a", "b", "c", "d"], 400);
      const outcomes = run(most, attempts);
      const admitted = attempts.filter((_, i) => outcomes[i]);
      for (const [i, { time }] of admitted.entries()) {
        const within = admitted.slice(0, i + 1).filter((each) => each.time > time - WINDOW);
        const own = within.filter((each) => each.workload === admitted[i]!.workload);
        const fits = levels.every(
          (level) =>
            within.filter((each) => each.level <= level).length <= total[level]! &&
            own.filter((each) => each.level <= level).length <= workload[level]!,
        );
        const same = own.filter((each) => each.subject === admitted[i]!.subject);
        expect(fits && same.length <= subject[2]!, `seed ${seed}`).toBe(true);
      }
    }
  });

  it("never lets one workload suppress an action of another workload, regardless of their priorities", () => {
    for (const seed of seeds) {
      const next = random(seed);
      const most = 40 * (1 + Math.floor(next() * 6)); // keeps all sizes even
      const both = schedule(next, ["attacker", "attacker", "attacker", "victim"], 1000);
      const victims = both.filter(({ workload }) => workload === "victim");
      const admitted = run(most, both).filter((_, i) => both[i]?.workload === "victim");
      expect(admitted, `seed ${seed}`).toEqual(run(most, victims));
    }
  });

  it("always keeps the reserve of a level available, regardless of lower levels", () => {
    const { total, workload } = sizesOf(120, shares);
    for (const seed of seeds) {
      const next = random(seed);
      const level = (1 + Math.floor(next() * 2)) as Level;
      const lower = schedule(next, ["a", "b", "c", "d", "e"], 600).map((each) => ({
        ...each,
        time: 1_000_000,
        level: Math.floor(next() * level) as Level,
      }));
      const many = Array.from({ length: 120 }, (_, i) => `new ${i}`);
      const others = many.map((name) => ({ time: 1_000_000, workload: name, subject: name, level }));
      const rest = run(120, [...lower, ...others]).slice(lower.length);
      expect(rest.filter(Boolean).length, `seed ${seed}`).toBeGreaterThanOrEqual(total[level]! - total[level - 1]!);
      const same = many.map((name) => ({ time: 1_000_000, workload: "a", subject: name, level }));
      const own = run(120, [...lower, ...same]).slice(lower.length);
      const reserve = Math.min(workload[level]! - workload[level - 1]!, total[level]! - total[level - 1]!);
      expect(own.filter(Boolean).length, `seed ${seed}`).toBeGreaterThanOrEqual(reserve);
    }
  });

  it("always leaves a part of a workload's share to new subjects", () => {
    const { workload, subject } = sizesOf(120, shares);
    for (const level of levels) {
      const claim = { time: 1_000_000, workload: "a", level };
      const decoys = Array.from({ length: 500 }, () => ({ ...claim, subject: "decoy" }));
      const others = Array.from({ length: 500 }, () => ({ ...claim, subject: "other" }));
      const admitted = run(120, [...decoys, ...others]);
      expect(admitted.slice(0, 500).filter(Boolean)).toHaveLength(subject[level]!);
      const rest = Math.min(subject[level]!, workload[level]! - subject[level]!);
      expect(admitted.slice(500).filter(Boolean)).toHaveLength(rest);
    }
  });
});

it.each([
  [1, [1, 1, 1], [1, 1, 1], [1, 1, 1]],
  [2, [2, 2, 2], [1, 1, 1], [1, 1, 1]],
  [5, [4, 5, 5], [2, 3, 3], [1, 2, 2]],
  [120, [84, 102, 120], [42, 51, 60], [21, 26, 30]],
  [0, [0, 0, 0], [0, 0, 0], [0, 0, 0]],
])("a budget of %i actions is divided, rounded up", (most, total, workload, subject) => {
  expect(sizesOf(most, shares)).toEqual({ total, workload, subject });
});

it("reports the exhausted part, when it admits actions again, and its workloads", () => {
  const budget = new Budget({ most: 8, window: 1000 }, { workload: 0.5, subject: 0.5, reserve: 0 });
  const claim = (workload: string, subject: string): Claim => ({ workload, subject, level: 1 });
  budget.add(claim("a", "a1"), 100);
  budget.add(claim("a", "a1"), 200);
  const bySubject = budget.exceeded(claim("a", "a1"), 300);
  expect(bySubject).toEqual({ part: "subject", level: 1, most: 2 });
  expect(budget.roomAt(bySubject!, claim("a", "a1"))).toBe(1100);
  budget.add(claim("a", "a2"), 300);
  budget.add(claim("a", "a3"), 400);
  expect(budget.exceeded(claim("a", "a4"), 500)).toMatchObject({ part: "workload", most: 4 });
  for (let i = 0; i < 4; i++) budget.add(claim(`b${i}`, `b${i}`), 500);
  expect(budget.exceeded(claim("c", "c"), 500)).toMatchObject({ part: "total", most: 8 });
  expect(budget.users(2)).toEqual([
    { workload: "a", count: 4, subject: "a1" },
    { workload: "b0", count: 1, subject: "b0" },
  ]);
  expect(budget.exceeded(claim("a", "a1"), 1101)).toBeUndefined();
});

it("a clock that is set back does not keep a budget exhausted", () => {
  const budget = new Budget({ most: 1, window: 1000 }, shares);
  const claim: Claim = { workload: "a", subject: "a", level: 2 };
  budget.add(claim, 1_000_000);
  expect(budget.exceeded(claim, 5000)).toBeDefined();
  expect(budget.exceeded(claim, 6001)).toBeUndefined();
});
