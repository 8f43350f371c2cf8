import type { JSX } from "preact";
import { clock, day, isToday } from "./clock.ts";

/** A time in the shown time zone, with the date unless it is today. The tooltip shows UTC and nanoseconds. */
export function Time({
  iso,
  milliseconds = true,
}: {
  readonly iso: string;
  readonly milliseconds?: boolean;
}): JSX.Element {
  return (
    <time dateTime={iso} title={iso}>
      {!isToday(iso) && <span class="day">{day(iso)} </span>}
      {clock(iso, milliseconds)}
    </time>
  );
}
