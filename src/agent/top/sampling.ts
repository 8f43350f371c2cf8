import type { Observed } from "../../machine/observed.ts";
import { type RuleTimes, ruleTimes } from "../metrics/rule-times.ts";
import type { EvaluatedSource } from "../metrics/state.ts";
import { Activity } from "./activity.ts";
import { SAMPLED_SOURCE } from "./report.ts";

/**
 * Minimum interval between measurements of a rule, in milliseconds. The first measurement compiles the rule, which
 * takes about a millisecond.
 */
const MEASURE_INTERVAL = 50;

/** Receives a sampled event before its evaluation. */
export type LookAt = (event: Observed) => void;

/** Samples events while clients of `eyas top` are connected. */
export class TopSampling {
  activity: Activity | undefined;
  /**
   * Measured times of rules by source. Empty if the configuration enables measurement, which then provides the times.
   */
  readonly times = new Map<string, RuleTimes>();

  start(): void {
    this.activity = new Activity();
  }

  stop(): void {
    this.activity = undefined;
    this.times.clear();
  }

  /** Returns the functions that sample an event of a source, including those for metrics. */
  lookersOf({ source, engine, rules, lag, times }: EvaluatedSource): LookAt[] {
    const { activity } = this;
    const forMetrics = [...(lag === undefined ? [] : [lag.look]), ...(times === undefined ? [] : [times.look])];
    if (activity === undefined) return forMetrics;
    const measured = times ?? ruleTimes(rules);
    if (times === undefined) this.times.set(source, measured);
    return [
      ...(lag === undefined ? [] : [lag.look]),
      seldom(measured.look),
      ...(source === SAMPLED_SOURCE ? [activity.sampler(engine)] : []),
    ];
  }
}

/** Limits the number of measurements, because events are sampled more often here than for metrics. */
function seldom(look: LookAt): LookAt {
  let last = Number.NEGATIVE_INFINITY;
  return (event) => {
    const now = performance.now();
    if (now - last < MEASURE_INTERVAL) return;
    last = now;
    look(event);
  };
}
