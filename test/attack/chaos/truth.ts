import { readFileSync } from "node:fs";

/** An action that the actor performed, and when, in milliseconds since the epoch. */
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
 * Milliseconds around the periods in which the sensor sees events. Events of the last seconds before a SIGKILL may not be
 * evaluated; while it is suspended, and until it has caught up, its rings may overflow.
 */
export const MARGINS = { afterStart: 500, beforeKill: 3000, beforeSuspension: 500, afterSuspension: 3000 } as const;

/** The actions in the actor's record. */
export function readTruth(file: string): Action[] {
  const actions: Action[] = [];
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [number, begin, end] = line.split(" ").map(Number);
    if (number !== undefined && begin !== undefined && end !== undefined) actions.push({ number, begin, end });
  }
  return actions;
}

/** Actions that a sensor watched which ran in `up` and was suspended in `suspended`. */
export function watched(actions: readonly Action[], up: readonly Period[], suspended: readonly Period[]): Action[] {
  const { afterStart, beforeKill, beforeSuspension, afterSuspension } = MARGINS;
  return actions.filter(
    ({ begin, end }) =>
      up.some(({ from, to }) => begin >= from + afterStart && end <= to - beforeKill) &&
      !suspended.some(({ from, to }) => end >= from - beforeSuspension && begin <= to + afterSuspension),
  );
}

/** Whether an action overlaps one of these periods. */
export function during({ begin, end }: Action, periods: readonly Period[]): boolean {
  return periods.some(({ from, to }) => end >= from && begin <= to);
}

/** Numbers of actions in a text with an alert per line: one number per line, since an alert has it more than once. */
export function numbersIn(text: string): number[] {
  return text.split("\n").flatMap((line) => {
    const number = /\/n-(\d+)\./.exec(line)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}
