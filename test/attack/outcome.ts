/** Counts of one attack. All but `attempts` are zero if the program withstood it; undefined where nothing is measured. */
export interface Outcome {
  /** Inputs, connections or actions tried. */
  readonly attempts: number;
  /**
   * Ends of the program, or of one of its workers, that were not asked for, unhandled errors, and exceeded limits of memory
   * and of the journal.
   */
  readonly crashes: number | undefined;
  /** Attempts without an answer for more than {@link HANG_MS}. */
  readonly hangs: number | undefined;
  /** Expected alerts, events or rows that are missing or late. */
  readonly lost: number | undefined;
}

/** Milliseconds without an answer after which an attempt counts as a hang. */
export const HANG_MS = 5000;

/** Receives progress and findings as one line each, without a line break; a finding states how to reproduce it. */
export type Report = (line: string) => void;

/** Options of attacks that generate input. */
export interface AttackOptions {
  /** Duration in minutes; the attack ends after the attempt during which it elapses. */
  readonly minutes: number;
  /** Seed of the generator; equal seeds make equal attempts. */
  readonly seed: number;
  readonly report: Report;
  /** In tests, whatever the speed of the machine: delays, resident memory and alerts in dropped events do not count. */
  readonly isTest?: boolean;
}

/** Options of attacks that enumerate damage. */
export interface DamageOptions {
  /** Seeds per kind of damage. */
  readonly seeds: number;
  /** Series of bit flips, and flips per series. */
  readonly flips: number;
  readonly report: Report;
}

/** Counts that are zero if the program withstood an attack. */
export const failures = ["crashes", "hangs", "lost"] as const;

/** Sum of the counts of several attacks. */
export function sum(outcomes: readonly Outcome[]): Outcome {
  const total = (counts: readonly (number | undefined)[]): number | undefined =>
    counts.reduce((sum, count) => (sum === undefined || count === undefined ? (sum ?? count) : sum + count), undefined);
  return {
    attempts: outcomes.reduce((sum, { attempts }) => sum + attempts, 0),
    crashes: total(outcomes.map(({ crashes }) => crashes)),
    hangs: total(outcomes.map(({ hangs }) => hangs)),
    lost: total(outcomes.map(({ lost }) => lost)),
  };
}

/** Whether the program withstood the attack, as far as it is measured; an attack without attempts does not count. */
export function withstood(outcome: Outcome): boolean {
  return outcome.attempts > 0 && failures.every((name) => (outcome[name] ?? 0) === 0);
}

/** A count as text; a dash where nothing is measured. */
export function countText(count: number | undefined): string {
  return count?.toLocaleString("en") ?? "–";
}
