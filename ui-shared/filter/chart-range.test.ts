import { expect, it } from "vitest";
import { chartRange } from "./chart-range.ts";
import { ALL_TIME, NO_FILTER } from "./filter.ts";

const now = Date.parse("2026-11-25T10:00:30.000Z");
const since = (requested: string, oldest: string | null, until = ""): string =>
  chartRange({ ...NO_FILTER, since: requested, until }, oldest, now).since;

it("a chart starts at the oldest alert if that is later than the filter's start", () => {
  expect(since("", "2026-11-25T09:30:10Z")).toBe("2026-11-25T09:30:00.000Z");
  expect(since("7d", "2026-11-24T09:30:10Z")).toBe("2026-11-24T09:30:00.000Z");
  expect(since(ALL_TIME, "2026-11-24T09:30:10Z")).toBe("2026-11-24T09:30:00.000Z");
});

it("a chart spans at least two minutes", () => {
  expect(since("", "2026-11-25T10:00:10Z")).toBe("2026-11-25T09:58:00.000Z");
});

it("a chart keeps the filter's range in other cases", () => {
  expect(since("1h", "2026-11-20T00:00:00Z")).toBe("1h");
  expect(since("", null)).toBe("");
  expect(since("2026-11-25T00:00:00Z", "2026-11-25T09:30:10Z")).toBe("2026-11-25T00:00:00Z");
  expect(since("", "2026-11-25T09:30:10Z", "2026-11-25T09:50:00Z")).toBe("");
});
