import { zoneOffset } from "../text/time-zone.ts";

const MINUTE = 60_000;
const WRITTEN = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/;

/** Formats a time for `<input type="datetime-local">`, in the shown time zone. Empty if the time is invalid. */
export function inputText(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  return new Date(time - zoneOffset(date) * MINUTE).toISOString().slice(0, 19);
}

/**
 * Returns the time that a user has entered in the shown time zone, in milliseconds since the epoch; undefined if it is
 * invalid. If a local time occurs twice because clocks are set back, returns either of the two times.
 */
export function enteredTime(text: string): number | undefined {
  if (!WRITTEN.test(text)) return undefined;
  const guess = Date.parse(`${text}Z`);
  if (Number.isNaN(guess)) return undefined;
  // The offset depends on the time, which depends on the offset.
  let time = guess + zoneOffset(new Date(guess)) * MINUTE;
  time = guess + zoneOffset(new Date(time)) * MINUTE;
  return time;
}
