import type { OutputInterval } from "./schemas/output.ts";

export type { OutputInterval } from "./schemas/output.ts";

/** Length of an interval, and of the history, in milliseconds. */
export const INTERVAL = 60_000;
const LENGTH = 6 * 3_600_000;

/** Counters of an output since the agent started, and its current backlog. */
interface Counters {
  readonly name: string;
  readonly delivered: number;
  readonly refused: number;
  readonly retried: number;
  readonly lost: number;
  readonly waiting: number;
  readonly lag: number | null;
}

/**
 * Deliveries of each output in recent hours, in memory. Intervals without a status, for example before the page was
 * opened, are absent.
 */
export class OutputHistory {
  private intervals = new Map<string, OutputInterval[]>();
  private before = new Map<string, Counters>();

  /** @param intervals the history so far, as returned by {@link all} */
  constructor(intervals: ReadonlyMap<string, readonly OutputInterval[]> = new Map()) {
    this.intervals = new Map([...intervals].map(([name, one]) => [name, [...one]]));
  }

  /**
   * Adds the current counters. Outputs without counters are removed from the history.
   * @param now milliseconds since the epoch
   */
  add(outputs: readonly Counters[], now: number): void {
    const start = Math.floor(now / INTERVAL) * INTERVAL;
    const next = new Map<string, OutputInterval[]>();
    for (const output of outputs) {
      const known = this.intervals.get(output.name) ?? [];
      while (known[0] !== undefined && timeOf(known[0]) <= start - LENGTH) known.shift();
      let current = known.pop();
      while (current !== undefined && timeOf(current) > start) current = known.pop(); // the clock was set back
      if (current !== undefined && timeOf(current) < start) known.push(current);
      const interval = current !== undefined && timeOf(current) === start ? current : emptyAt(start);
      known.push(summed(interval, this.before.get(output.name) ?? output, output));
      next.set(output.name, known);
    }
    this.intervals = next;
    this.before = new Map(outputs.map((output) => [output.name, output]));
  }

  of(name: string): readonly OutputInterval[] {
    return this.intervals.get(name) ?? [];
  }

  all(): ReadonlyMap<string, readonly OutputInterval[]> {
    return this.intervals;
  }
}

const timeOf = ({ time }: OutputInterval): number => Date.parse(time);

function emptyAt(start: number): OutputInterval {
  return { time: new Date(start).toISOString(), delivered: 0, retried: 0, refused: 0, lost: 0, waiting: 0, lag: 0 };
}

/** Adds the changes between two counters to an interval. Counters start at 0 again after a restart of the agent. */
function summed(interval: OutputInterval, before: Counters, now: Counters): OutputInterval {
  const more = (key: "delivered" | "retried" | "refused" | "lost"): number =>
    interval[key] + Math.max(0, now[key] - before[key]);
  return {
    time: interval.time,
    ...{ delivered: more("delivered"), retried: more("retried"), refused: more("refused"), lost: more("lost") },
    waiting: Math.max(interval.waiting, now.waiting),
    lag: Math.max(interval.lag, now.lag ?? 0),
  };
}
