import { describe, expect, test } from "vitest";
import type { OverTime } from "../../src/api/schemas/alert.ts";
import { ALL_TIME, NO_FILTER } from "../../ui-shared/filter/filter.ts";
import { weekOf, weekRequest } from "./week.ts";

const HOUR = 3_600_000;
const UTC = () => 0;
const NOW = Date.parse("2026-11-25T10:30:00Z"); // a Wednesday

function overTime(from: string, step: number, ...counts: readonly number[]): OverTime {
  const other = counts.map(() => 0);
  return {
    ...{ from, to: new Date(Date.parse(from) + counts.length * step * 1000).toISOString(), step },
    series: [
      { priority: "Warning", counts },
      { priority: "Notice", counts: other },
    ],
  };
}

describe("the hours of the week", () => {
  test("add up the alerts of the same hour, and include the newest such hour", () => {
    const counts = Array(24 * 8).fill(0);
    counts[3] = 5;
    counts[3 + 24 * 7] = 2;
    const week = weekOf(overTime("2026-11-23T00:00:00.000Z", 3600, ...counts), UTC); // a Monday
    expect(week[0]?.[3]).toEqual({ count: 7, newest: Date.parse("2026-11-30T03:00:00Z") });
    expect(week.flat().reduce((sum, { count }) => sum + count, 0)).toBe(7);
    expect(week[0]?.[4]).toEqual({ count: 0, newest: undefined });
  });

  test.each([
    ["UTC+5:30", -330, 4, 4, "2026-11-26T22:30:00.000Z"],
    ["UTC-3:30", 210, 3, 19, "2026-11-26T22:30:00.000Z"],
    ["UTC+5:45", -345, 4, 4, "2026-11-26T22:15:00.000Z"],
  ])("are in local time, %s", (_, offset, day, hour, newest) => {
    const step = offset % 30 === 0 ? 1800 : 900;
    const week = weekOf(overTime("2026-11-26T23:00:00.000Z", step, 1), () => offset); // a Thursday
    const found = week.flatMap((hours, weekday) =>
      hours.flatMap((one, at) => (one.count > 0 ? [[weekday, at, new Date(one.newest ?? 0).toISOString()]] : [])),
    );
    expect(found).toEqual([[day, hour, newest]]);
  });

  test("follow a change to daylight saving time", () => {
    const change = Date.parse("2026-03-29T01:00:00Z"); // in Berlin, 02:00 becomes 03:00
    const berlin = (time: number) => (time < change ? -60 : -120);
    const week = weekOf(overTime("2026-03-29T00:00:00.000Z", 3600, 1, 2), berlin); // a Sunday
    expect(week[6]?.slice(0, 5).map(({ count }) => count)).toEqual([0, 1, 0, 2, 0]);
  });
});

describe("the request for the hours of the week", () => {
  test.each([
    ["24h", 0, 26],
    ["7d", 0, 170],
    ["30d", 0, 722],
    ["7d", -330, 338],
    ["7d", -345, 674],
  ])("for %s at offset %d has %d intervals", (since, offset, intervals) => {
    expect(weekRequest({ ...NO_FILTER, since }, () => offset, NOW)).toMatchObject({ intervals, days: undefined });
  });

  test.each([
    [0, 124],
    [-330, 62],
    [-345, 31],
  ])("for all time at offset %d includes the last %d days", (offset, days) => {
    const request = weekRequest({ ...NO_FILTER, since: ALL_TIME }, () => offset, NOW);
    expect(request.days).toBe(days);
    expect(request.filter.since).toBe(new Date(NOW - days * 24 * HOUR).toISOString());
    expect(request.intervals).toBeLessThanOrEqual(3000);
  });

  test("ends where the time range ends", () => {
    const filter = { ...NO_FILTER, since: "2025-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z" };
    expect(weekRequest(filter, UTC, NOW).filter).toEqual({ ...filter, since: "2025-08-30T00:00:00.000Z" });
    expect(weekRequest({ ...NO_FILTER, since: "soon" }, UTC, NOW).intervals).toBe(3);
  });
});
