/** Counts of one attack. All but `attempts` are zero if the program withstood it. */
export interface Outcome {
  /** Inputs, connections or actions tried. */
  readonly attempts: number;
  /** Ends of the program, or of one of its workers, that were not asked for, and unhandled errors. */
  readonly crashes: number;
  /** Attempts without an answer for more than {@link HANG_MS}. */
  readonly hangs: number;
  /** Expected alerts, events or rows that are missing, and that nothing reports as left out. */
  readonly lost: number;
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
}

/** Options of attacks that enumerate damage. */
export interface DamageOptions {
  /** Seeds per kind of damage. */
  readonly seeds: number;
  /** Series of bit flips, and flips per series. */
  readonly flips: number;
  readonly report: Report;
}

/** Sum of the counts of several attacks. */
export function sum(outcomes: readonly Outcome[]): Outcome {
  const total = { attempts: 0, crashes: 0, hangs: 0, lost: 0 };
  for (const outcome of outcomes) {
    total.attempts += outcome.attempts;
    total.crashes += outcome.crashes;
    total.hangs += outcome.hangs;
    total.lost += outcome.lost;
  }
  return total;
}

/** Whether the program withstood the attack; an attack without attempts does not count. */
export function withstood({ attempts, crashes, hangs, lost }: Outcome): boolean {
  return attempts > 0 && crashes === 0 && hangs === 0 && lost === 0;
}
