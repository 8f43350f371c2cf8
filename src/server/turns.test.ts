import { expect, test } from "vitest";
import { takeTurns } from "./turns.ts";

const LARGE = 1 << 20;

test("handles events between large bodies that arrive at the same time", async () => {
  const waitForTurn = takeTurns();
  const order: string[] = [];
  await Promise.all(
    ["a", "b", "c"].map(async (name) => {
      await waitForTurn(LARGE);
      order.push(name);
      setImmediate(() => order.push("other"));
    }),
  );
  await new Promise(setImmediate);
  expect(order).toEqual(["a", "other", "b", "other", "c", "other"]);
});

test("does not delay small bodies", async () => {
  const waitForTurn = takeTurns();
  await waitForTurn(LARGE);
  const next = waitForTurn(LARGE);
  let isNext = false;
  void next?.then(() => {
    isNext = true;
  });
  expect(waitForTurn(100)).toBeUndefined();
  expect(isNext).toBe(false);
  await next;
});
