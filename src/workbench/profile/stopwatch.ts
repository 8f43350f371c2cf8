import type { Test } from "../../field/field.ts";
import type { Observed } from "../../machine/observed.ts";

/** Calls between two looks at the clock: a look costs as much as several tests. */
const BATCH = 8;
const NANOSECONDS = 1e6;
/** The test that does nothing is timed once in so many times, and so many of its last times are the measure. */
const BETWEEN = 8;
const SLOWNESS = 64;

/** Takes the time of tests. */
export class Stopwatch {
  private readonly now: () => number;
  private baseline = 0;
  private seed = 1;
  private taken = 0;
  private other = false;

  /** @param now a clock in milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
  }

  /**
   * Nanoseconds that a test takes on an event, without what it takes to call a test and to look at the clock: a little
   * less than 0 where that is all. Of two batches of calls the quicker one counts, so what interrupts one of them does
   * not.
   */
  time(test: Test, event: Observed): number {
    this.taken = (this.taken + 1) % BETWEEN;
    if (this.taken === 0) {
      this.other = !this.other;
      this.baseline += (this.batches(this.other ? nothing : nothingElse, event) - this.baseline) / SLOWNESS;
    }
    return this.batches(test, event) - this.baseline;
  }

  /**
   * Learns what a test that does nothing takes; goes on learning that, since it changes as code is optimised.
   * @param tests others that are timed: calls of a function are only as slow as they are later if there are several
   */
  calibrate(tests: readonly Test[], event: Observed): void {
    for (let round = 0; round < ROUNDS; round++) for (const test of tests) this.batches(test, event);
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i++) times.push(this.batches(i % 2 === 0 ? nothing : nothingElse, event));
    times.sort((a, b) => a - b);
    this.baseline = times[ROUNDS / 2];
  }

  /** True by chance, once in `n` times; the same in every run. */
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
    // The outcome is used, so the calls can't be left out.
    if (held !== 0 && held !== 2 * BATCH) return 0;
    return (Math.min(middle - began, end - middle) * NANOSECONDS) / BATCH;
  }
}

const ROUNDS = 1000;
const nothing: Test = (event) => event.num < 0;
const nothingElse: Test = (event) => event.num < -1;
