import type { Observed } from "../../machine/observed.ts";
import type { OnMatch } from "../folding.ts";

/** A match near the time of a cut. */
export interface NearMatch {
  /** Rule, thread and event type. */
  readonly key: string;
  /** Time of the event in nanoseconds since the epoch. */
  readonly time: number;
}

/** The time up to which a process evaluates events, and its last matches. */
export interface TakenUpTo {
  /** Nanoseconds since the epoch. */
  readonly time: number;
  readonly matches: readonly NearMatch[];
}

/**
 * Two probes record the same event with times that differ by microseconds, or by more if the processor was interrupted.
 * Matches this close to a cut are compared. In nanoseconds.
 */
const MARGIN = 50e6;
/** Maximum difference between the two times of an event, in nanoseconds. */
const DIFFERENCE = 20e6;
/** Maximum number of matches to pass on. */
const MOST = 100_000;

function keyOf(rule: string, event: Observed): string {
  return `${event.tid} ${event.type} ${rule}`;
}

/** Passes matches on until a time, after which another process raises the alerts. */
export class CutOff {
  private readonly match: OnMatch;
  private end = Number.POSITIVE_INFINITY;
  private readonly near: NearMatch[] = [];

  constructor(match: OnMatch) {
    this.match = match;
  }

  /** Ignores matches of events after `time`, in nanoseconds since the epoch, which must be at least a margin ahead. */
  endAt(time: number): void {
    this.end = time;
  }

  readonly onMatch: OnMatch = (rules, rule, event) => {
    if (event.timeNumber > this.end - 2 * MARGIN) {
      if (event.timeNumber > this.end) return;
      const name = rules.ruleset.rules[rule]?.name ?? "";
      if (this.near.length < MOST) this.near.push({ key: keyOf(name, event), time: event.timeNumber });
    }
    this.match(rules, rule, event);
  };

  /** The end, and the matches shortly before it; undefined if there is no end. */
  get taken(): TakenUpTo | undefined {
    return this.end === Number.POSITIVE_INFINITY ? undefined : { time: this.end, matches: this.near };
  }
}

/** Matches of one key that the other process has raised, in the order of their times. */
class Raised {
  private readonly times: number[] = [];
  private readonly isUsed: boolean[] = [];
  /** Index of the first match that can be taken. */
  private first = 0;

  add(time: number): void {
    this.times.push(time);
    this.isUsed.push(false);
  }

  /** Takes the match that is closest to `time`. @returns whether there is one that can be the same event */
  take(time: number): boolean {
    const { times, isUsed } = this;
    while (this.first < times.length && (isUsed[this.first] || times[this.first]! < time - DIFFERENCE)) this.first++;
    let closest = -1;
    for (let i = this.first; i < times.length; i++) {
      if (isUsed[i]) continue;
      if (closest < 0 || Math.abs(times[i]! - time) < Math.abs(times[closest]! - time)) closest = i;
      if (times[i]! >= time) break;
    }
    if (closest < 0 || times[closest]! > time + DIFFERENCE) return false;
    isUsed[closest] = true;
    return true;
  }
}

/**
 * Returns a callback that ignores the matches of events for which another process has raised alerts.
 * @param taken end of the other process's events
 */
export function matchAfter({ time: begin, matches }: TakenUpTo, match: OnMatch): OnMatch {
  const raised = new Map<string, Raised>();
  for (const { key, time } of matches) {
    const known = raised.get(key) ?? new Raised();
    known.add(time);
    raised.set(key, known);
  }
  return (rules, rule, event) => {
    const { timeNumber } = event;
    if (timeNumber < begin - MARGIN) return;
    if (timeNumber < begin + MARGIN) {
      const name = rules.ruleset.rules[rule]?.name ?? "";
      if (raised.get(keyOf(name, event))?.take(timeNumber) === true) return;
    }
    match(rules, rule, event);
  };
}

/** Time from now to a cut, in milliseconds, so that all matches near it are recorded. */
export const AHEAD: number = (3 * MARGIN) / 1e6;
