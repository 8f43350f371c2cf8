import { expect, test } from "vitest";
import { secondsIn } from "../agent/observe.ts";
import { positive } from "./settings.ts";

test("numbers above 0 are accepted", () => {
  expect(["60", "0.5", "4e6"].map((text) => positive(text, "--duration"))).toEqual([60, 0.5, 4e6]);
});

test.each(["0", "-1", "5m", "Infinity", "1e999"])("the number %s is rejected", (text) => {
  expect(() => positive(text, "--duration")).toThrow(`Invalid --duration "${text}": expected a number above 0.`);
});

test("durations have a unit, or are numbers of seconds", () => {
  expect(["30", "30s", "2m", "1.5h"].map((text) => secondsIn(text, "--for"))).toEqual([30, 30, 120, 5400]);
});

test.each(["0s", "s", "2d", "9".repeat(400)])("the duration %s is rejected", (text) => {
  expect(() => secondsIn(text, "--for")).toThrow(`Invalid --for "${text}": expected a duration such as 30s or 2m.`);
});
