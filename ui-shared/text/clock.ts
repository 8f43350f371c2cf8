import { shifted } from "./time-zone.ts";

/** Formats a time as `10:06:22.123` in the shown time zone. */
export function clock(iso: string, milliseconds = true): string {
  return textOf(iso).slice(11, milliseconds ? 23 : 19);
}

/** Formats a date as `2026-11-25` in the shown time zone. */
export function day(iso: string): string {
  return textOf(iso).slice(0, 10);
}

/** Formats a time as `2026-11-25T10:06:22.123`, without a time zone. The parts of an invalid time are `-`. */
function textOf(iso: string): string {
  const date = shifted(new Date(iso));
  return Number.isNaN(date.getTime()) ? "----------T--:--:--.---" : date.toISOString();
}

export function isToday(iso: string, now = new Date()): boolean {
  return day(iso) === day(now.toISOString());
}

/**
 * Formats a time in the shown time zone with milliseconds, and with the date unless it is today.
 * @param time milliseconds since the epoch
 */
export function momentText(time: number): string {
  const iso = new Date(time).toISOString();
  return `${isToday(iso) ? "" : `${day(iso)} `}${clock(iso)}`;
}

const UNITS: readonly (readonly [seconds: number, sign: string])[] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
];

/**
 * Formats a duration in its largest unit, such as `3 min` or `400 ms`. Durations of a second or more are rounded down.
 */
export function durationText(seconds: number): string {
  if (seconds < 1) return seconds < 0.001 ? "0 s" : `${Math.round(seconds * 1000)} ms`;
  const [size, sign] = UNITS.find(([unit]) => seconds >= unit) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${sign}`;
}

/** Formats the time since a moment, such as `3 min ago`. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  return seconds < 1 ? "just now" : `${durationText(seconds)} ago`;
}
