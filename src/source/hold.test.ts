import { expect, test } from "vitest";
import { holdUntilKnown } from "./hold.ts";

const NOW = 1_700_000_000_000;
const at = (age: number, known: boolean) => ({ time: BigInt(NOW - age) * 1_000_000n, value: { known } });
const hold = holdUntilKnown(
  (value) => JSON.stringify(value) === '{"known":true}',
  () => NOW,
);

test("a current document is held until its process is known, for at most a quarter of a second", () => {
  expect([0, 100, 249, 250, 5000].map((age) => hold(at(age, false)))).toEqual([250, 150, 1, 0, 0]);
});

test("a document whose process is known, or with a time in the future, is not held", () => {
  expect([hold(at(0, true)), hold(at(-1000, false))]).toEqual([0, 0]);
});
