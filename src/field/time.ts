const SECOND = 1_000_000_000n;
const DAY = 86_400;

/** Current offset of local time from UTC in seconds, also applied to old events. */
function localOffset(): number {
  return -new Date().getTimezoneOffset() * 60;
}

function two(n: number): string {
  return n < 10 ? `0${n}` : `${n}`;
}

/** Nanoseconds within their second, nine digits. */
function nanoText(time: bigint): string {
  return (time % SECOND).toString().padStart(9, "0");
}

/** Local time `HH:MM:SS`, optionally with date and nanoseconds. `time` is nanoseconds since the epoch. */
export function clockText(time: bigint, date: boolean, nanoseconds: boolean): string {
  const local = Number(time / SECOND) + localOffset();
  const second = local % DAY;
  const clock = `${two(Math.floor(second / 3600))}:${two(Math.floor((second % 3600) / 60))}:${two(second % 60)}`;
  const day = date ? `${new Date(local * 1000).toISOString().slice(0, 10)} ` : "";
  return nanoseconds ? `${day}${clock}.${nanoText(time)}` : `${day}${clock}`;
}

/** UTC as `2026-01-31T23:59:59.000000001` plus `zone`. */
export function isoText(time: bigint, zone: string): string {
  return `${new Date(Number(time / SECOND) * 1000).toISOString().slice(0, 19)}.${nanoText(time)}${zone}`;
}
