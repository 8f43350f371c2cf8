import type { Test } from "../../field/field.ts";
import type { Observed } from "../../machine/observed.ts";

/** Number of calls per reading of the clock, since a reading takes as long as several tests. */
const BATCH = 8;
const NANOSECONDS = 1e6;
/** Number of measurements per measurement of the empty test, and the divisor of its moving average. */
const BETWEEN = 8;
const SLOWNESS = 64;

/** Measures the time of tests. */
export class Stopwatch {
  private readonly now: () => number;
  private baseline = 0;
  private seed = 1;
  private taken = 0;
  private other = false;

  /** @param now returns the time in milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
  }

  /**
   * Measures the time of a test on an event in nanoseconds, without the cost of the call and of the clock. The faster
   * of two batches is used, to exclude interruptions. The result may be slightly negative.
   */
  time(test: Test, event: Observed): number {
    this.taken = (this.taken + 1) % BETWEEN;
    if (this.taken === 0) {
      this.other = !this.other;
      this.baseline += (this.batches(this.other ? nothing : nothingElse, event) - this.baseline) / SLOWNESS;
    }
    return this.batches(test, event) - this.baseline;
  }

  /** Measures the time of an empty test. {@link time} keeps updating it, since it changes as V8 optimizes the code. */
  calibrate(tests: readonly Test[], event: Observed): void {
    for (let round = 0; round < ROUNDS; round++) for (const test of tests) this.batches(test, event);
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i++) times.push(this.batches(i % 2 === 0 ? nothing : nothingElse, event));
    times.sort((a, b) => a - b);
    this.baseline = times[ROUNDS / 2] ?? 0;
  }

  /** Returns true in one of `n` calls on average. The pseudo-random sequence is the same in every run. */
  oneIn(n: number): boolean {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return (this.seed >>> 8) % n === 0;
  }

  private batches(test: Test, event: Observed): number {
    let held = 0;
    const began = this.now();
    for (let i = 0; i < BATCH; i++) if (test(event)) held++;
    const middle = this.now();
    for (let i = 0; i < BATCH; i++) if (test(event)) held++;
    const end = this.now();
    // Uses the results, so that the calls are not optimized away.
    if (held !== 0 && held !== 2 * BATCH) return 0;
    return (Math.min(middle - began, end - middle) * NANOSECONDS) / BATCH;
  }
}

const ROUNDS = 1000;
const nothing: Test = (event) => event.num < 0;
const nothingElse: Test = (event) => event.num < -1;
