import type { JSX } from "preact";
import { clock, day, isToday } from "./clock.ts";

/** A time of the browser's zone, with its date where that isn't today; all nine digits and UTC as its title. */
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
