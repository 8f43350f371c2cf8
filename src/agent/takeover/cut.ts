import type { Observed } from "../../machine/observed.ts";
import type { OnMatch } from "../folding.ts";

/** A match near the time of a cut, at which another process takes over. */
export interface NearMatch {
  /** Rule, thread and event type. */
  readonly key: string;
  /** Time of the event, in nanoseconds since the epoch. */
  readonly time: number;
}

/** The time up to which a process evaluates events, and its last matches. */
export interface TakenUpTo {
  /** Nanoseconds since the epoch. */
  readonly time: number;
  /** The boot time from which the process calculates event times, in nanoseconds since the epoch. */
  readonly bootTime: number;
  readonly matches: readonly NearMatch[];
}

/**
 * Distance from a cut within which matches are compared, in nanoseconds. Two probes record the same event with times
 * that differ by microseconds, or by more if the processor was interrupted.
 */
const MARGIN = 50e6;
/** Maximum difference between the two times of an event, in nanoseconds. */
const DIFFERENCE = 20e6;
/** Maximum number of matches to pass on. Alerts of additional matches can be raised twice. */
const MOST = 100_000;

function keyOf(rule: string, event: Observed): string {
  return `${event.tid} ${event.type} ${rule}`;
}

/** Passes matches on, until another process raises the alerts. */
export class CutOff {
  private readonly match: OnMatch;
  private end = Number.POSITIVE_INFINITY;
  private bootTime = 0;
  private readonly near: NearMatch[] = [];

  constructor(match: OnMatch) {
    this.match = match;
  }

  /**
   * Schedules the cut: matches of later events are ignored. The cut is in the future, so that all matches near it are
   * recorded.
   * @param now the time that an event would have now, in nanoseconds since the epoch
   * @param bootTime the boot time from which event times are calculated, in nanoseconds since the epoch
   * @returns the delay in milliseconds
   */
  endSoon(now: number, bootTime: number): number {
    this.end = now + 3 * MARGIN;
    this.bootTime = bootTime;
    return (3 * MARGIN) / 1e6;
  }

  /** Reverts `endSoon`. */
  goOn(): void {
    this.end = Number.POSITIVE_INFINITY;
    this.near.length = 0;
  }

  readonly onMatch: OnMatch = (rules, rule, event) => {
    if (event.timeNumber > this.end - 2 * MARGIN) {
      if (event.timeNumber > this.end) return;
      const name = rules.ruleset.rules[rule]?.name ?? "";
      if (this.near.length < MOST) this.near.push({ key: keyOf(name, event), time: event.timeNumber });
    }
    this.match(rules, rule, event);
  };

  /** The time of the cut, and the matches shortly before; undefined if there is no cut. */
  get taken(): TakenUpTo | undefined {
    const { end, bootTime, near } = this;
    return end === Number.POSITIVE_INFINITY ? undefined : { time: end, bootTime, matches: near };
  }
}

/** Matches of one key for which the other process has raised alerts, sorted by time. */
class Raised {
  private readonly matches: { readonly time: number; isTaken: boolean }[] = [];
  /** Index of the first match that is not taken. */
  private first = 0;

  add(time: number): void {
    this.matches.push({ time, isTaken: false });
  }

  /** Takes the match that is closest to `time`. @returns whether a match was close enough to be the same event */
  take(time: number): boolean {
    let closest: { readonly time: number; isTaken: boolean } | undefined;
    for (let i = this.first; i < this.matches.length; i++) {
      const match = this.matches[i];
      if (match === undefined) break;
      if (match.isTaken || match.time < time - DIFFERENCE) {
        if (i === this.first) this.first++;
        continue;
      }
      if (closest === undefined || Math.abs(match.time - time) < Math.abs(closest.time - time)) closest = match;
      if (match.time >= time) break;
    }
    if (closest === undefined || closest.time > time + DIFFERENCE) return false;
    closest.isTaken = true;
    return true;
  }
}

/**
 * Returns a callback that ignores the matches of events for which another process has raised alerts.
 * @param taken position up to which the other process evaluated events
 * @param ownBootTime the boot time from which this process calculates event times, in nanoseconds since the epoch
 */
export function matchAfter({ time: end, bootTime, matches }: TakenUpTo, ownBootTime: number, match: OnMatch): OnMatch {
  const raised = new Map<string, Raised>();
  for (const { key, time } of matches) {
    const known = raised.get(key) ?? new Raised();
    known.add(time);
    raised.set(key, known);
  }
  return (rules, rule, event) => {
    const time = event.timeNumber - ownBootTime + bootTime;
    if (time < end - MARGIN) return;
    if (time < end + MARGIN) {
      const name = rules.ruleset.rules[rule]?.name ?? "";
      if (raised.get(keyOf(name, event))?.take(time) === true) return;
    }
    match(rules, rule, event);
  };
}
