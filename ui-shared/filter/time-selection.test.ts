import { expect, it } from "vitest";
import { DURING, intervalText, isSelected, keptSelection, selectionIn } from "./time-selection.ts";

const [since, until] = [Date.parse("2026-11-27T12:00:00.123Z"), Date.parse("2026-11-27T12:00:01Z")];

it("a selected time is restored from the URL", () => {
  const text = intervalText({ since, until });
  expect(text).toBe("2026-11-27T12:00:00.123Z/2026-11-27T12:00:01.000Z");
  expect(selectionIn(new URLSearchParams([[DURING, text]]))).toEqual({ since, until });
  expect(keptSelection(new URLSearchParams([[DURING, text]]))).toEqual({ [DURING]: text });
  expect(keptSelection(new URLSearchParams([[DURING, "x"]]))).toEqual({});
});

it.each([
  "",
  "/",
  "x/y",
  "2026-11-27T12:00:00Z",
  "2026-11-27T12:00:00Z/",
  "2026-11-27T12:00:00Z/2026-11-27T12:00:00Z",
  "2026-11-27T12:00:01Z/2026-11-27T12:00:00Z",
  "2026-11-27T12:00:00Z/2026-11-27T12:00:01Z/2026-11-27T12:00:02Z",
])("the URL parameter %j selects no time", (text) => {
  expect(selectionIn(new URLSearchParams([[DURING, text]]))).toBeUndefined();
  expect(selectionIn(new URLSearchParams())).toBeUndefined();
});

it("a selection includes its start, and excludes its end", () => {
  const selected = [since - 1, since, until - 1, until].map((at) => isSelected(at, { since, until }));
  expect(selected).toEqual([false, true, true, false]);
  expect(isSelected(0, undefined)).toBe(true);
});
