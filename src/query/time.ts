import { QueryError } from "./error.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const MILLION = 1_000_000n;

/**
 * Parses a time: `2h` is two hours ago; dates and times without a time zone are local.
 * @param now milliseconds since the epoch
 * @returns nanoseconds since the epoch
 */
export function parseTime(text: string, now: number = Date.now()): bigint {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)(s|m|h|d|w)$/.exec(text) ?? [];
  if (count !== undefined) return BigInt(Math.round(now - Number(count) * (UNITS[unit] ?? 0) * 1000)) * MILLION;
  if (text === "now") return BigInt(now) * MILLION;
  if (text === "today" || text === "yesterday") {
    const day = new Date(now);
    day.setHours(0, 0, 0, 0);
    if (text === "yesterday") day.setDate(day.getDate() - 1);
    return BigInt(day.getTime()) * MILLION;
  }
  if (/^\d{19}$/.test(text)) return BigInt(text); // nanoseconds, as in evt.time
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text);
  const [, date, clock = "00:00", fraction = "", written = ""] = found ?? [];
  const zone = written.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  const milliseconds = date === undefined ? Number.NaN : Date.parse(`${date}T${clock}${zone}`);
  if (Number.isNaN(milliseconds))
    throw new QueryError(
      `"${text}" is not a time; write 30m, 2h or 7d (ago), today, 2026-07-30 or 2026-07-30T12:34:56.789Z.`,
    );
  return BigInt(milliseconds) * MILLION + BigInt(fraction.padEnd(9, "0") || 0);
}
