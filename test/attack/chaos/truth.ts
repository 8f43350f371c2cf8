import { readFileSync } from "node:fs";

/** An action of the actor, with its times in milliseconds since the epoch. */
export interface Action {
  readonly number: number;
  readonly begin: number;
  readonly end: number;
}

/** A period in milliseconds since the epoch. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/**
 * Margins of the periods in which the sensor receives events, in milliseconds. Events in the last second before a
 * SIGKILL may not be evaluated. The same applies to events during a suspension if the SIGKILL comes before the sensor
 * has caught up.
 */
export const MARGINS = { afterStart: 500, beforeKill: 1000, afterSuspension: 2000 } as const;

/** Reasons why no alert is expected for an action. */
export const exclusions = ["downtime", "before SIGKILL", "SIGSTOP before SIGKILL"] as const;
export type Exclusion = (typeof exclusions)[number];

/** Reads the actions in the record of the actor. */
export function readTruth(file: string): Action[] {
  const actions: Action[] = [];
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [number, begin, end] = line.split(" ").map(Number);
    if (number !== undefined && begin !== undefined && end !== undefined) actions.push({ number, begin, end });
  }
  return actions;
}

/**
 * Returns the reason why no alert is expected for an action; undefined if an alert is expected.
 * @param up periods in which the sensor received events, each until a SIGKILL
 * @param suspended periods in which the sensor was suspended, while events wait in the ring buffers
 */
export function exclusionOf(
  action: Action,
  up: readonly Period[],
  suspended: readonly Period[],
): Exclusion | undefined {
  const { afterStart, beforeKill, afterSuspension } = MARGINS;
  const period = up.find(({ from, to }) => action.begin >= from + afterStart && action.end <= to);
  if (period === undefined) return "downtime";
  if (action.end > period.to - beforeKill) return "before SIGKILL";
  const stop = suspended.find((one) => during(action, [{ from: one.from - beforeKill, to: one.to }]));
  return stop !== undefined && stop.to > period.to - afterSuspension ? "SIGSTOP before SIGKILL" : undefined;
}

/** Whether an action overlaps one of these periods. */
export function during({ begin, end }: Action, periods: readonly Period[]): boolean {
  return periods.some(({ from, to }) => end >= from && begin <= to);
}

/**
 * Returns the numbers of actions in a string with one alert per line. Each line counts once, since an alert contains
 * its number several times.
 */
export function numbersIn(text: string): number[] {
  return text.split("\n").flatMap((line) => {
    const number = /\/n-(\d+)\./.exec(line)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}
