import { expect, test } from "vitest";
import { untilKnown } from "./patience.ts";

const NOW = 1_700_000_000_000;
const at = (age: number, known: boolean) => ({ time: BigInt(NOW - age) * 1_000_000n, value: { known } });
const hold = untilKnown(
  (value) => JSON.stringify(value) === '{"known":true}',
  () => NOW,
);

test("what just happened waits for its process, for a quarter of a second", () => {
  expect([0, 100, 249, 250, 5000].map((age) => hold(at(age, false)))).toEqual([250, 150, 1, 0, 0]);
});

test("what is known, or said to happen yet, doesn't", () => {
  expect([hold(at(0, true)), hold(at(-1000, false))]).toEqual([0, 0]);
});
