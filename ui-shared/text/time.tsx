import type { JSX } from "preact";
import { clock, day, isToday } from "./clock.ts";

/**
 * A time in the shown time zone, with the date unless it is today. The tooltip shows UTC and nanoseconds.
 * @param dated whether to show the date even if it is today, for pages that users print
 */
export function Time({
  iso,
  milliseconds = true,
  dated = false,
}: {
  readonly iso: string;
  readonly milliseconds?: boolean;
  readonly dated?: boolean;
}): JSX.Element {
  return (
    <time dateTime={iso} title={iso}>
      {(dated || !isToday(iso)) && <span class="day">{day(iso)} </span>}
      {clock(iso, milliseconds)}
    </time>
  );
}
