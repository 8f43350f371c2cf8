/**
 * Counts of an attack. All except `attempts` are zero if the program withstood it, and undefined if they are not
 * measured.
 */
export interface Outcome {
  /** Number of inputs, connections or actions tried. */
  readonly attempts: number;
  /** Unexpected ends of the program or a worker, unhandled errors, and exceeded limits of memory and of the journal. */
  readonly crashes: number | undefined;
  /** Attempts without a response for more than {@link HANG_MS}. */
  readonly hangs: number | undefined;
  /** Expected alerts, events or rows that are missing or late. */
  readonly lost: number | undefined;
}

/** Time without a response after which an attempt counts as a hang, in milliseconds. */
export const HANG_MS = 5000;

/**
 * Receives progress and findings, one line each without a line break. A finding describes how to reproduce the problem.
 */
export type Report = (line: string) => void;

/** Options of attacks that generate input. */
export interface AttackOptions {
  /** Duration in minutes. An attempt that is in progress at the end of this time is completed. */
  readonly minutes: number;
  /** Seed of the generator; equal seeds result in equal attempts. */
  readonly seed: number;
  readonly report: Report;
  /**
   * Whether this is a test on a machine of unknown speed. If so, delays, resident memory and alerts in dropped events
   * are ignored.
   */
  readonly isTest?: boolean;
}

/** Options of attacks that enumerate damage. */
export interface DamageOptions {
  /** Number of seeds per kind of damage. */
  readonly seeds: number;
  /** Number of series of bit flips; each flips 50 bits. */
  readonly flips: number;
  readonly report: Report;
}

/** Names of the counts that are zero if the program withstood an attack. */
export const failures = ["crashes", "hangs", "lost"] as const;

/** Adds the counts of several attacks. */
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

/** Whether the program withstood the attack: there were attempts, and all measured counts are zero. */
export function withstood(outcome: Outcome): boolean {
  return outcome.attempts > 0 && failures.every((name) => (outcome[name] ?? 0) === 0);
}

/** Formats a count; a dash if the count was not measured. */
export function countText(count: number | undefined): string {
  return count?.toLocaleString("en") ?? "–";
}
