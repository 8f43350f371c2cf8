const SECOND = 1_000_000_000n;
const NANOSECONDS = 1_000_000_000;
const DAY = 86_400;

/** The current offset of local time from UTC in seconds, which is applied to old events as well. */
function localOffset(): number {
  return -new Date().getTimezoneOffset() * 60;
}

function two(n: number): string {
  return n < 10 ? `0${n}` : `${n}`;
}

/** The nanoseconds within the second, as nine digits. */
function nanoText(time: bigint): string {
  return (time % SECOND).toString().padStart(9, "0");
}

/** Local time as `HH:MM:SS`, optionally with the date and nanoseconds. `time` is nanoseconds since the epoch. */
export function clockText(time: bigint, date: boolean, nanoseconds: boolean): string {
  const local = Number(time / SECOND) + localOffset();
  const second = local % DAY;
  const clock = `${two(Math.floor(second / 3600))}:${two(Math.floor((second % 3600) / 60))}:${two(second % 60)}`;
  const day = date ? `${new Date(local * 1000).toISOString().slice(0, 10)} ` : "";
  return nanoseconds ? `${day}${clock}.${nanoText(time)}` : `${day}${clock}`;
}

/** Start of the second of the last text of {@link isoText}, and the text up to the nanoseconds. */
let isoSecond = 0n;
let isoPrefix = "1970-01-01T00:00:00.";

/** UTC time as `2026-01-31T23:59:59.000000001` followed by `zone`. */
export function isoText(time: bigint, zone: string): string {
  let rest = Number(time - isoSecond);
  if (!(rest >= 0 && rest < NANOSECONDS)) {
    const second = time / SECOND;
    isoPrefix = `${new Date(Number(second) * 1000).toISOString().slice(0, 19)}.`;
    isoSecond = second * SECOND;
    rest = Number(time - isoSecond);
  }
  return isoPrefix + (rest < 0 ? nanoText(time) : String(NANOSECONDS + rest).slice(1)) + zone;
}
