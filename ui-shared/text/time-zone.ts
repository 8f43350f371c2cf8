import { signal } from "@preact/signals";
import { readStored, writeStored } from "../page/stored.ts";

/** The time zone of all times on the page: local time of the browser, or UTC. */
export type TimeZone = "local" | "utc";

const KEY = "eyas-time-zone";

export const timeZone = signal<TimeZone>(readStored(KEY) === "utc" ? "utc" : "local");

/** Sets the time zone, which is kept in this browser. */
export function setTimeZone(next: TimeZone): void {
  timeZone.value = next;
  writeStored(KEY, next === "utc" ? next : undefined);
}

/** Offset of the shown time zone at a time, in minutes; positive for time zones west of UTC, as in JavaScript. */
export function zoneOffset(date: Date): number {
  return timeZone.value === "utc" ? 0 : date.getTimezoneOffset();
}

/** Returns the parts of a time in the shown time zone as the UTC parts of a date. */
export function shifted(date: Date): Date {
  return new Date(date.getTime() - zoneOffset(date) * 60_000);
}

/** Formats the offset of the shown time zone, such as `UTC`, `UTC+1` or `UTC−3:30`. */
export function zoneText(date = new Date()): string {
  const offset = -zoneOffset(date);
  if (offset === 0) return "UTC";
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `UTC${offset < 0 ? "−" : "+"}${hours}${minutes === 0 ? "" : `:${String(minutes).padStart(2, "0")}`}`;
}

/** Describes local time, such as `local time (Europe/Berlin)`. */
export function localTimeText(): string {
  return `local time (${new Intl.DateTimeFormat().resolvedOptions().timeZone})`;
}
