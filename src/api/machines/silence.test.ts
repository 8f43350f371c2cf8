import { expect, test } from "vitest";
import type { KnownMachine } from "./known-machine.ts";
import { silenceOf } from "./silence.ts";

const now = Date.parse("2026-11-25T10:30:00Z");
/** Machines whose last documents were received the given number of seconds ago; undefined means shut down normally. */
const machines = (...ages: readonly (number | undefined)[]): KnownMachine[] =>
  ages.map((age, i) => ({
    ...{ id: String(i), seen: now - (age ?? 900) * 1000, isStopped: age === undefined, isAhead: false },
    facts: undefined,
  }));

test.each([
  ["no machine", [], "separate"],
  ["machines that report", [0, 30, 44], "separate"],
  ["half of the machines", [130, 130, 130, 0, 10, 30], "separate"],
  ["two of two machines", [130, 130], "separate"],
  ["more than half of the machines", [130, 130, 130, 10, 30], "together"],
  ["all machines but those that stopped", [130, 130, 130, undefined, undefined, undefined], "together"],
  ["a machine that others may follow", [121, 60, 60, 90, 90], undefined],
  ["machines that the others did not follow", [211, 60, 60, 90, 90], "separate"],
  ["most machines, and one that is late", [211, 140, 130, 90, 10], "together"],
] as const)("%s", (_, ages, expected) => {
  expect(silenceOf(machines(...ages), now)).toBe(expected);
});
